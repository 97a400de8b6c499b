import { AbstractMessageReader, AbstractMessageWriter, createMessageConnection } from 'vscode-jsonrpc/browser';
import type { DataCallback, Disposable, Message, MessageConnection, MessageReader, MessageWriter } from 'vscode-jsonrpc/browser';

/** What VS Code gives a webview; a page may ask for it once. */
export interface WebviewApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): WebviewApi;

/** The page's two ties to the outside: the connection to the extension host and the view state that survives a reload. */
export interface PageHost {
  readonly connection: MessageConnection;
  readonly state: Pick<WebviewApi, 'getState' | 'setState'>;
}

/** Takes messages of the host from `window`. Anything that is not JSON-RPC (browser extensions post, too) is left alone. */
class WindowMessageReader extends AbstractMessageReader implements MessageReader {
  constructor(private readonly source: Window) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    const onMessage = (event: MessageEvent<unknown>): void => {
      if (isMessage(event.data)) callback(event.data);
    };
    this.source.addEventListener('message', onMessage);
    return {
      dispose: () => {
        this.source.removeEventListener('message', onMessage);
      },
    };
  }
}

class WebviewMessageWriter extends AbstractMessageWriter implements MessageWriter {
  constructor(private readonly api: WebviewApi) {
    super();
  }

  write(message: Message): Promise<void> {
    this.api.postMessage(message);
    return Promise.resolve();
  }

  end(): void {
    // The channel belongs to VS Code; there is nothing to close.
  }
}

function isMessage(data: unknown): data is Message {
  return typeof data === 'object' && data !== null && 'jsonrpc' in data && data.jsonrpc === '2.0';
}

/** Connects the page with its host. Call `connection.listen()` when the handlers are in place. */
export function connectHost(api: WebviewApi = acquireVsCodeApi(), source: Window = window): PageHost {
  return { connection: createMessageConnection(new WindowMessageReader(source), new WebviewMessageWriter(api)), state: api };
}
