import { NibbleError } from '../errors';

type Start<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Runs several pieces of one piece of work. When one fails the others are cancelled, and the failure is told once all of
 * them have ended, so that nothing touches a file any more.
 */
export async function together<T>(signal: AbortSignal | undefined, starts: readonly Start<T>[]): Promise<T[]> {
  const controller = new AbortController();
  const either = signal ? AbortSignal.any([signal, controller.signal]) : controller.signal;
  let failure: unknown;
  const results = await Promise.allSettled(
    starts.map(async (start) => {
      try {
        return await start(either);
      } catch (error) {
        failure ??= error;
        controller.abort();
        throw error;
      }
    }),
  );
  return results.map((result) => {
    if (result.status === 'fulfilled') return result.value;
    throw failure instanceof Error ? failure : new NibbleError('internal', 'A part of the work failed.', {}, { cause: failure });
  });
}
