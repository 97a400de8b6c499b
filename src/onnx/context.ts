import { NibbleError } from '../errors';
import type { Limits } from './limits';
import type { ByteSource } from './source';

/** What every step of a conversion needs: the file for messages and late reads, and the limits. */
export interface ReadContext {
  readonly source: ByteSource;
  readonly limits: Limits;
}

/** The error for a tensor whose description contradicts itself or its bytes. */
export function malformedTensor(context: ReadContext, tensor: string, what: string): NibbleError {
  const file = context.source.name;
  return new NibbleError('malformed', `In ${file} the tensor '${tensor}' ${what}. The file is damaged; get it again, or export the model again.`, { file, tensor });
}
