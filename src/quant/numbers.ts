import { packedByteLength } from '../onnx/dtypes';
import type { DataType } from '../onnx/dtypes';
import { fromBfloat16, fromFloat16 } from '../onnx/float16';
import { unpackCodes } from './packing';
import type { WeightBits } from './scheme';

const READERS: Partial<Record<DataType, { readonly bytes: number; readonly read: (view: DataView, at: number) => number }>> = {
  double: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  float16: { bytes: 2, read: (view, at) => fromFloat16(view.getUint16(at, true)) },
  bfloat16: { bytes: 2, read: (view, at) => fromBfloat16(view.getUint16(at, true)) },
  int32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
};

const CODES = /^(u?)int(2|4|8|16)$/;

/** True for the integer types that codes of weights have. */
export function isCodeType(type: DataType): boolean {
  return CODES.test(type);
}

/**
 * The first `count` elements in the layout of `raw_data`, as numbers. Null for types that neither scales, zero points nor
 * biases have, and when there are fewer bytes.
 */
export function decodeNumbers(type: DataType, bytes: Uint8Array, count: number): ArrayLike<number> | null {
  if (bytes.length < packedByteLength(type, count)) return null;
  const code = CODES.exec(type);
  if (code) return unpackCodes(bytes, Number(code[2]) as WeightBits, code[1] === '', count);
  // A copy begins where a view may begin.
  if (type === 'float') return new Float32Array(bytes.slice(0, 4 * count).buffer);
  const reader = READERS[type];
  if (reader === undefined) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: count }, (_, index) => reader.read(view, index * reader.bytes));
}

/** Below this a number is subnormal in a type, and units that flush to zero compute with 0 instead. */
export function smallestNormal(type: DataType): number {
  return type === 'float16' ? 2 ** -14 : type === 'double' ? 2 ** -1022 : 2 ** -126;
}
