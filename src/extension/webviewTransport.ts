import { AbstractMessageReader, AbstractMessageWriter } from 'vscode-jsonrpc';
import type { DataCallback, Disposable, Message, MessageReader, MessageWriter } from 'vscode-jsonrpc';
import type { Webview } from 'vscode';

/** Reads JSON-RPC messages that the page posts. Anything else on that channel is left alone. */
export class WebviewReader extends AbstractMessageReader implements MessageReader {
  constructor(private readonly webview: Pick<Webview, 'onDidReceiveMessage'>) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    return this.webview.onDidReceiveMessage((data: unknown) => {
      if (isMessage(data)) callback(data);
    });
  }
}

/** Posts JSON-RPC messages to the page. A hidden page loses them: it asks for everything anew when it is shown again. */
export class WebviewWriter extends AbstractMessageWriter implements MessageWriter {
  constructor(private readonly webview: Pick<Webview, 'postMessage'>) {
    super();
  }

  async write(message: Message): Promise<void> {
    await this.webview.postMessage(message);
  }

  end(): void {
    // The channel belongs to VS Code.
  }
}

function isMessage(data: unknown): data is Message {
  return typeof data === 'object' && data !== null && 'jsonrpc' in data && data.jsonrpc === '2.0';
}
