/** Machine-readable cause of a failure; the CLI and the tests match on it, never on message text. */
export type ErrorReason =
  | 'not-found'
  | 'unreadable'
  | 'not-onnx'
  | 'truncated'
  | 'malformed'
  | 'limit'
  | 'unsafe-path'
  | 'external-data'
  | 'unsupported'
  | 'changed'
  | 'not-writable'
  | 'disk-full'
  | 'invalid-plan'
  | 'invalid-argument'
  | 'invalid-samples'
  | 'verification'
  | 'runtime'
  | 'cancelled'
  | 'engine-stopped'
  | 'internal';

/** What an error is about, so that a view can lead the person there. */
export interface ErrorSubject {
  readonly file?: string;
  readonly node?: string;
  readonly tensor?: string;
}

/**
 * A failure that a person can act on. `message` is one or two sentences: what happened, in which file, node or
 * tensor, and what to do about it. The technical cause goes to the log.
 */
export class NibbleError extends Error {
  override readonly name = 'NibbleError';

  constructor(
    readonly reason: ErrorReason,
    message: string,
    readonly subject: ErrorSubject = {},
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }

  static is(error: unknown, reason?: ErrorReason): error is NibbleError {
    return error instanceof NibbleError && (reason === undefined || error.reason === reason);
  }
}

/** Throws the `cancelled` error when the signal has been aborted. Long loops call this between chunks. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new NibbleError('cancelled', 'Cancelled.');
}
