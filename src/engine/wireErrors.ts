import { ErrorCodes, ResponseError } from 'vscode-jsonrpc';
import { NibbleError } from '../errors';
import type { ErrorReason } from '../errors';
import type { ErrorData } from './api';

/** Every reason that may arrive over the wire; a record, so that the compiler notices a reason that is left out. */
const REASONS: Readonly<Record<ErrorReason, true>> = {
  'not-found': true,
  unreadable: true,
  'not-onnx': true,
  truncated: true,
  malformed: true,
  limit: true,
  'unsafe-path': true,
  'external-data': true,
  unsupported: true,
  changed: true,
  'not-writable': true,
  'disk-full': true,
  'invalid-plan': true,
  'invalid-argument': true,
  'invalid-samples': true,
  verification: true,
  runtime: true,
  cancelled: true,
  'engine-stopped': true,
  internal: true,
};

/** What the server answers when a handler throws. Anything but a `NibbleError` is a fault of ours: reason `internal`. */
export function toResponseError(error: unknown): ResponseError<ErrorData> {
  if (NibbleError.is(error)) return new ResponseError(ErrorCodes.InternalError, error.message, { reason: error.reason, subject: error.subject });
  const message = error instanceof Error ? error.message : String(error);
  return new ResponseError(ErrorCodes.InternalError, message, { reason: 'internal', subject: {} });
}

/** The other end of `toResponseError`. A lost connection becomes `engine-stopped`. */
export function fromResponseError(error: unknown): NibbleError {
  if (NibbleError.is(error)) return error;
  if (error instanceof ResponseError) {
    const data: unknown = error.data;
    if (isErrorData(data)) return new NibbleError(data.reason, error.message, data.subject, { cause: error });
    if (error.code === ErrorCodes.PendingResponseRejected) return engineStopped(error);
  }
  if (isConnectionLoss(error)) return engineStopped(error);
  return new NibbleError('internal', error instanceof Error ? error.message : String(error), {}, { cause: error });
}

/** The error of every request that was under way when the engine process ended. */
export function engineStopped(cause: unknown): NibbleError {
  return new NibbleError('engine-stopped', 'The Nibble engine stopped before it had finished. It is started again; your plan is unchanged. Try once more.', {}, { cause });
}

function isErrorData(data: unknown): data is ErrorData {
  return typeof data === 'object' && data !== null && 'reason' in data && typeof data.reason === 'string' && data.reason in REASONS && 'subject' in data && typeof data.subject === 'object';
}

/** A write to a channel that has just closed. */
function isConnectionLoss(error: unknown): boolean {
  if (error instanceof ResponseError && error.code === ErrorCodes.MessageWriteError) return true;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 'ERR_IPC_CHANNEL_CLOSED' || code === 'EPIPE';
}
