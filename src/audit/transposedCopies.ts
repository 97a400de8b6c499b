import { throwIfCancelled } from '../errors';
import { bitsPerElement } from '../onnx/dtypes';
import type { Tensor } from '../onnx/model';
import { tensorByteLength } from '../onnx/tensorData';
import type { ElementReader } from './codeFacts';
import { isUniform, MIN_COPY_BYTES } from './copies';

/** Elements of the diagonal that are compared before all are. */
const SAMPLES = 16;
const CHUNK_BYTES = 2 ** 20;

/**
 * Finds matrices that are the transpose of an earlier one, as exporters write the output layer of a language model beside its
 * embedding. Pairs of the earlier and the later tensor. Compares by a checksum of 64 bits over elements and their places.
 */
export async function findTransposedCopies(tensors: readonly Tensor[], reader: ElementReader, signal: AbortSignal): Promise<readonly (readonly [Tensor, Tensor])[]> {
  const shapes = new Set(tensors.map(shapeKey));
  const candidates = tensors.filter((tensor) => isCandidate(tensor) && shapes.has(shapeKey({ dataType: tensor.dataType, dims: [...tensor.dims].reverse() })));
  const known = new Map<string, Tensor[]>();
  for (const tensor of candidates) {
    throwIfCancelled(signal);
    const key = await diagonalOf(tensor, reader);
    const same = known.get(key);
    if (same) same.push(tensor);
    else known.set(key, [tensor]);
  }
  const pairs: (readonly [Tensor, Tensor])[] = [];
  for (const same of known.values()) {
    if (new Set(same.map(shapeKey)).size < 2) continue;
    const first = new Map<string, Tensor>();
    for (const tensor of same) {
      const sum = await checksumOf(tensor, reader, signal);
      const earlier = first.get(sum);
      if (earlier === undefined) first.set(sum, tensor);
      else if (shapeKey(earlier) !== shapeKey(tensor) && !(await isUniform(tensor, reader, signal))) pairs.push([earlier, tensor]);
    }
  }
  return pairs;
}

function shapeKey({ dataType, dims }: Pick<Tensor, 'dataType' | 'dims'>): string {
  return `${dataType} ${dims.join('×')}`;
}

/** Matrices of whole bytes; square ones look the same either way round. */
function isCandidate(tensor: Tensor): boolean {
  const { dims, dataType, storage } = tensor;
  return dims.length === 2 && dims[0] !== dims[1] && [8, 16, 32].includes(bitsPerElement(dataType)) && storage.kind !== 'strings' && tensorByteLength(tensor) >= MIN_COPY_BYTES;
}

/** Type, extents and some elements of the diagonal, which a transpose leaves where they are. */
async function diagonalOf(tensor: Tensor, reader: ElementReader): Promise<string> {
  const [rows, columns] = tensor.dims as [number, number];
  const width = bitsPerElement(tensor.dataType) / 8;
  const [short, long] = [Math.min(rows, columns), Math.max(rows, columns)];
  const parts = [`${tensor.dataType} ${short} ${long}`];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const at = Math.floor((sample * (short - 1)) / (SAMPLES - 1));
    parts.push((await reader.read(tensor, (at * columns + at) * width, width)).join());
  }
  return parts.join(' ');
}

/** The same for a matrix and its transpose: places are counted along the shorter and the longer axis. */
async function checksumOf(tensor: Tensor, reader: ElementReader, signal: AbortSignal): Promise<string> {
  const [rows, columns] = tensor.dims as [number, number];
  const width = bitsPerElement(tensor.dataType) / 8;
  const [rowFactor, columnFactor] = rows < columns ? [0x9e3779b1, 0x85ebca77] : [0x85ebca77, 0x9e3779b1];
  const length = tensorByteLength(tensor);
  let [first, second] = [0, 0];
  for (let offset = 0; offset < length; offset += CHUNK_BYTES) {
    throwIfCancelled(signal);
    const bytes = await reader.read(tensor, offset, Math.min(CHUNK_BYTES, length - offset));
    let row = Math.floor(offset / width / columns);
    let column = (offset / width) % columns;
    for (let at = 0; at < bytes.length; at += width) {
      let value = bytes[at]!;
      for (let byte = 1; byte < width; byte += 1) value |= bytes[at + byte]! << (8 * byte);
      const place = (Math.imul(row + 1, rowFactor) + Math.imul(column + 1, columnFactor)) | 0;
      const mixed = Math.imul(value ^ place ^ (place >>> 15), 0x2c1b3c6d);
      first = (first + (mixed ^ (mixed >>> 13))) | 0;
      second = (second + Math.imul(mixed ^ (mixed >>> 16), 0x297a2d39)) | 0;
      column += 1;
      if (column === columns) {
        column = 0;
        row += 1;
      }
    }
  }
  return `${first} ${second}`;
}
