import { commands, l10n, window } from 'vscode';
import { NibbleError } from '../../errors';
import { describe } from '../modelSession';
import type { Services } from '../services';

/** Registers a command whose failures are told to the person and written to the log; a cancel is no failure. */
export function registerCommand(services: Services, id: string, run: (...args: readonly unknown[]) => Promise<unknown> | undefined): void {
  services.context.subscriptions.push(
    commands.registerCommand(id, async (...args: readonly unknown[]) => {
      try {
        return await run(...args);
      } catch (error) {
        tell(services, error);
        return undefined;
      }
    }),
  );
}

/** Shows an error with a way into the log. */
function tell(services: Services, error: unknown): void {
  if (NibbleError.is(error, 'cancelled')) return;
  services.log.error(describe(error));
  // A crash has been told already, once for everything that it ended.
  if (NibbleError.is(error, 'engine-stopped') && !services.engine.hasGivenUp) return;
  const showLog = l10n.t('Show Log');
  const message = error instanceof Error ? error.message : String(error);
  void window.showErrorMessage(message, showLog).then((chosen) => {
    if (chosen === showLog) services.log.show();
  });
}
