import { NibbleError } from '../errors';
import { LIMITS } from './limits';
import type { Limits } from './limits';
import type { Model } from './model';
import { recognise } from './recognise';
import { skim } from './skim';
import type { ByteSource } from './source';

/**
 * Reads the structure of an ONNX file: everything but large payloads, which stay in the file as byte ranges. External
 * data files are not opened; see `checkExternalData`.
 *
 * Throws a `NibbleError`: `not-onnx` for a file of another kind, `truncated`, `malformed`, `limit`, or `unsafe-path` when
 * external data is said to be outside the model's folder. Errors of `source` pass through.
 */
export function readModel(source: ByteSource, limits: Limits = LIMITS): Model {
  if (source.size === 0) throw new NibbleError('not-onnx', `${source.name} is empty. Download or copy it again.`, { file: source.name });
  try {
    return skim({ source, limits });
  } catch (error) {
    throw nameOtherKind(source, error) ?? error;
  }
}

/** A file that failed as ONNX may be recognised as something else, which helps more than the first odd byte. */
function nameOtherKind(source: ByteSource, error: unknown): NibbleError | null {
  if (!NibbleError.is(error) || !['not-onnx', 'malformed', 'truncated', 'limit'].includes(error.reason)) return null;
  const kind = recognise(source);
  return kind === null ? null : new NibbleError('not-onnx', `${source.name} is not an ONNX model: it is ${kind}.`, { file: source.name }, { cause: error });
}
