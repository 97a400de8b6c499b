/** Conventional exit code of a program that Ctrl+C has ended: 128 + SIGINT. */
export const INTERRUPTED = 130;

/**
 * A signal that Ctrl+C (or a request to terminate) aborts, so that jobs can clean up behind themselves. A second Ctrl+C
 * ends the program at once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}
