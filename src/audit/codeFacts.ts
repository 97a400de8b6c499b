import { throwIfCancelled } from '../errors';
import type { Tensor } from '../onnx/model';
import { elementCount, tensorByteLength } from '../onnx/tensorData';
import { PairCounter } from './pairCounter';
import type { PairCount, Reduction } from './pairCounter';
import { RangeFinder } from './rangeFinder';
import type { CodeRanges } from './rangeFinder';

/** What is to be found out about a tensor of 8-bit codes, in one reading. */
export interface CodeQuestion {
  readonly tensor: Tensor;
  /** Axes along which the ranges of codes are wanted; −1 takes the tensor as one channel. */
  readonly axes: ReadonlySet<number>;
  /** How the elements are summed, where pairs that can saturate are wanted; null: they are not. */
  readonly reduction: Reduction | null;
}

/** What has been found out. */
export interface CodeFacts {
  readonly ranges: ReadonlyMap<number, CodeRanges>;
  readonly pairs: PairCount | null;
}

/** Reads the elements of stored tensors by ranges of bytes, in the layout of `raw_data`. */
export interface ElementReader {
  /** Valid until the next call. Rejects with `external-data`, `malformed` or `truncated`. */
  read(tensor: Tensor, offset: number, length: number): Promise<Uint8Array>;
}

/** Some milliseconds of work: the caller stays responsive between two. */
const CHUNK_BYTES = 4 * 2 ** 20;

/** Goes through the elements of a tensor once and answers the question. `onBytes` is told what has been read since the last call. */
export async function inspectCodes({ tensor, axes, reduction }: CodeQuestion, reader: ElementReader, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<CodeFacts> {
  const isSigned = tensor.dataType === 'int8';
  const finders = new Map([...axes].map((axis) => [axis, new RangeFinder(tensor.dims, axis)]));
  const pairs = reduction === null ? null : PairCounter.for(tensor.dims, reduction);
  const length = tensorByteLength(tensor);
  for (let offset = 0; offset < length; offset += CHUNK_BYTES) {
    throwIfCancelled(signal);
    const bytes = await reader.read(tensor, offset, Math.min(CHUNK_BYTES, length - offset));
    const codes = isSigned ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
    for (const finder of finders.values()) finder.take(codes, offset);
    if (codes instanceof Int8Array) pairs?.take(codes, offset);
    onBytes(bytes.length);
  }
  return { ranges: new Map([...finders].map(([axis, finder]) => [axis, finder.result()])), pairs: pairs?.result() ?? null };
}

/** True for codes of a byte each, of which ranges can be found. */
export function hasByteCodes(tensor: Tensor): boolean {
  return (tensor.dataType === 'int8' || tensor.dataType === 'uint8') && tensor.storage.kind !== 'strings' && elementCount(tensor) > 0;
}
