/** Element types of ONNX tensors, by the names the standard uses. */
export type DataType =
  | 'undefined' | 'float' | 'uint8' | 'int8' | 'uint16' | 'int16' | 'int32' | 'int64' | 'string' | 'bool'
  | 'float16' | 'double' | 'uint32' | 'uint64' | 'complex64' | 'complex128' | 'bfloat16'
  | 'float8e4m3fn' | 'float8e4m3fnuz' | 'float8e5m2' | 'float8e5m2fnuz'
  | 'uint4' | 'int4' | 'float4e2m1' | 'float8e8m0' | 'uint2' | 'int2';

/** `TensorProto.DataType` number to name; the index is the number. */
const NAMES: readonly DataType[] = [
  'undefined', 'float', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool',
  'float16', 'double', 'uint32', 'uint64', 'complex64', 'complex128', 'bfloat16',
  'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz',
  'uint4', 'int4', 'float4e2m1', 'float8e8m0', 'uint2', 'int2',
];

const BITS: Readonly<Record<DataType, number>> = {
  undefined: 0, string: 0,
  float: 32, uint8: 8, int8: 8, uint16: 16, int16: 16, int32: 32, int64: 64, bool: 8,
  float16: 16, double: 64, uint32: 32, uint64: 64, complex64: 64, complex128: 128, bfloat16: 16,
  float8e4m3fn: 8, float8e4m3fnuz: 8, float8e5m2: 8, float8e5m2fnuz: 8,
  uint4: 4, int4: 4, float4e2m1: 4, float8e8m0: 8, uint2: 2, int2: 2,
};

/** The name of a `TensorProto.DataType` number; 'undefined' for numbers that the standard has not given out. */
export function dataTypeFromCode(code: number): DataType {
  return NAMES[code] ?? 'undefined';
}

/** The `TensorProto.DataType` number of a name. */
export function dataTypeCode(type: DataType): number {
  return NAMES.indexOf(type);
}

/** Bits that one element takes in `raw_data`; 0 for strings and undefined. */
export function bitsPerElement(type: DataType): number {
  return BITS[type];
}

/** Bytes that `count` elements take in `raw_data`; sub-byte types are packed and the last byte is padded. */
export function packedByteLength(type: DataType, count: number): number {
  return Math.ceil((count * BITS[type]) / 8);
}

export function isFloatingPoint(type: DataType): boolean {
  return type.startsWith('float') || type === 'double' || type === 'bfloat16';
}
