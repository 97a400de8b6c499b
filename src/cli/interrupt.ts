import { setMaxListeners } from 'node:events';

/** Conventional exit code of a program that Ctrl+C has ended: 128 + SIGINT. */
export const INTERRUPTED = 130;

/**
 * A signal that Ctrl+C (or a request to terminate) aborts, so that jobs can clean up behind themselves. A second Ctrl+C
 * ends the program at once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  // Every tensor in work listens: many listeners are no leak, and a warning about them would stand among the diagnostics.
  setMaxListeners(0, controller.signal);
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}
