import { NibbleError } from '../errors';
import { packedByteLength } from './dtypes';
import type { Tensor } from './model';
import type { ByteSource, SiblingFiles } from './source';
import { unpackVarints } from './typedData';

/** The files that a model's elements lie in. */
export interface ModelFiles {
  readonly source: ByteSource;
  readonly siblings: SiblingFiles;
}

/** Most that is loaded of one tensor at once; larger tensors are worked on in chunks by byte range. */
export const MAX_LOADED_BYTES = 2 ** 30;

/** Elements of a tensor, from its shape; 1 for a scalar. */
export function elementCount(tensor: Pick<Tensor, 'dims'>): number {
  return tensor.dims.reduce((product, dim) => product * dim, 1);
}

/** Bytes that a tensor's elements take as stored in `raw_data`. */
export function tensorByteLength(tensor: Pick<Tensor, 'dims' | 'dataType'>): number {
  return packedByteLength(tensor.dataType, elementCount(tensor));
}

/**
 * A tensor's elements in the layout of `raw_data` (little-endian, sub-byte codes packed), in fresh memory that any typed
 * array may view. Throws `limit` above `MAX_LOADED_BYTES`, `external-data` when another file is missing or too short,
 * and `unsupported` for strings.
 */
export function loadBytes(tensor: Tensor, files: ModelFiles): Uint8Array {
  const { storage } = tensor;
  const file = files.source.name;
  if (storage.kind === 'inline') return storage.bytes.slice();
  if (storage.kind === 'strings') {
    throw new NibbleError('unsupported', `In ${file} the tensor '${tensor.name}' holds texts, not numbers.`, { file, tensor: tensor.name });
  }
  if (storage.length > MAX_LOADED_BYTES) {
    throw new NibbleError('limit', `In ${file} the tensor '${tensor.name}' takes ${storage.length} bytes, too many to load at once.`, { file, tensor: tensor.name });
  }
  const bytes = new Uint8Array(storage.length);
  if (storage.kind === 'external') {
    readExternal(tensor, storage, bytes, files);
    return bytes;
  }
  files.source.readInto(bytes, storage.offset);
  if (storage.kind === 'file') return bytes;
  const unpacked = unpackVarints(bytes, tensor.dataType, elementCount(tensor));
  if (!unpacked) {
    throw new NibbleError('malformed', `In ${file} the ${storage.field} of the tensor '${tensor.name}' does not hold as many elements as its shape says. Get the file again, or export the model again.`, { file, tensor: tensor.name });
  }
  return unpacked;
}

function readExternal(tensor: Tensor, place: { location: string; offset: number; length: number }, target: Uint8Array, files: ModelFiles): void {
  const problem = externalProblem(place, files.siblings, (data) => { data.readInto(target, place.offset); });
  if (problem === null) return;
  throw externalError(files.source.name, tensor.name, place.location, problem);
}

/**
 * Opens the file of external data, checks that it reaches far enough and hands it to `use`. Returns why that failed, as a
 * sentence part, or null.
 */
export function externalProblem(
  place: { readonly location: string; readonly offset: number; readonly length: number },
  siblings: SiblingFiles,
  use: (data: ByteSource) => void = () => undefined,
): string | null {
  let data: ByteSource;
  try {
    data = siblings.open(place.location);
  } catch (error) {
    if (NibbleError.is(error, 'not-found')) return 'that file is not there';
    throw error;
  }
  try {
    const needed = place.offset + place.length;
    if (data.size < needed) return `that file has ${data.size} bytes where ${needed} are needed`;
    use(data);
    return null;
  } finally {
    data.close();
  }
}

/** The error for weights that another file should hold and does not. */
export function externalError(file: string, tensor: string, location: string, problem: string): NibbleError {
  return new NibbleError(
    'external-data',
    `${file} keeps the tensor '${tensor}' in '${location}', but ${problem}. Put the complete file next to the model.`,
    { file, tensor },
  );
}
