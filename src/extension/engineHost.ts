import { commands, l10n, Uri, window, workspace } from 'vscode';
import type { ExtensionContext, LogOutputChannel } from 'vscode';
import { EngineClient } from '../engine/client';
import { engineSettings, SECTION } from './settings';

/** The engine of this window: made here, started on first need. Says once when it has crashed. */
export function createEngine(context: ExtensionContext, log: LogOutputChannel): EngineClient {
  const engine = new EngineClient({
    entry: Uri.joinPath(context.extensionUri, 'dist', 'engine.js').fsPath,
    settings: engineSettings(),
    log,
    onCrash: (givenUp) => { void tellCrash(givenUp, log); },
  });
  context.subscriptions.push(
    { dispose: () => { engine.dispose(); } },
    workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration(`${SECTION}.engine`)) return;
      engine.configure(engineSettings()).catch((error: unknown) => { log.error(String(error)); });
    }),
  );
  return engine;
}

async function tellCrash(givenUp: boolean, log: LogOutputChannel): Promise<void> {
  const showLog = l10n.t('Show Log');
  const restart = l10n.t('Restart Engine');
  const chosen = givenUp
    ? await window.showErrorMessage(l10n.t('The Nibble engine stopped several times in a row and is not started again by itself. Your plans are unchanged.'), restart, showLog)
    : await window.showWarningMessage(l10n.t('The Nibble engine stopped and was started again. Your plans are unchanged; a job that was running has to be started anew.'), showLog);
  if (chosen === showLog) log.show();
  if (chosen === restart) await commands.executeCommand('nibble.restartEngine');
}
