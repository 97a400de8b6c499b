import { isFloatingPoint } from '../../onnx/dtypes';
import type { DataType } from '../../onnx/dtypes';
import { fromFloat16, toFloat16 } from '../../onnx/float16';
import type { TensorData, TensorValue } from '../../runtime/tensorValue';

export type NumericData = Exclude<TensorData, readonly string[]>;

/** How the elements of a type that samples may have are stored. */
const ALLOCATORS: Readonly<Partial<Record<DataType, (count: number) => NumericData>>> = {
  float: (count) => new Float32Array(count),
  double: (count) => new Float64Array(count),
  float16: (count) => new Uint16Array(count),
  bool: (count) => new Uint8Array(count),
  int8: (count) => new Int8Array(count),
  uint8: (count) => new Uint8Array(count),
  int16: (count) => new Int16Array(count),
  uint16: (count) => new Uint16Array(count),
  int32: (count) => new Int32Array(count),
  uint32: (count) => new Uint32Array(count),
  int64: (count) => new BigInt64Array(count),
  uint64: (count) => new BigUint64Array(count),
};

/** Bounds of the integer types. */
const RANGES: Readonly<Partial<Record<DataType, readonly [bigint, bigint]>>> = {
  bool: [0n, 1n],
  int8: [-(2n ** 7n), 2n ** 7n - 1n],
  uint8: [0n, 2n ** 8n - 1n],
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  uint16: [0n, 2n ** 16n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

/** Room for `count` elements; null for types that samples cannot have. */
export function allocate(dataType: DataType, count: number): NumericData | null {
  return ALLOCATORS[dataType]?.(count) ?? null;
}

/** Reads element `index` as a number. 64-bit integers beyond 2^53 lose their low bits. */
export function numberAt(value: TensorValue, index: number): number {
  const element = value.data[index];
  return value.dataType === 'float16' ? fromFloat16(Number(element)) : Number(element);
}

/** Writes element `index`; whole numbers only for integer types. */
export function setNumber(data: NumericData, dataType: DataType, index: number, element: number): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[index] = BigInt(element);
  else data[index] = dataType === 'float16' ? toFloat16(Math.fround(element)) : element;
}

/**
 * Gives a sample the element type that the model's input wants. Numbers become floating point of any width; integers
 * become other integers when all of them fit. Returns the reason, as a part of a sentence, when that is not possible.
 */
export function convertTensor(value: TensorValue, dataType: DataType): TensorValue | string {
  if (value.dataType === dataType) return value;
  const data = allocate(dataType, value.data.length);
  if (data === null || value.dataType === 'string') return `its type ${value.dataType} cannot become ${dataType}`;
  if (!isFloatingPoint(dataType)) {
    if (isFloatingPoint(value.dataType)) return `it holds ${value.dataType} numbers, but the input takes ${dataType}`;
    const [low, high] = RANGES[dataType]!;
    for (const element of value.data) {
      const whole = BigInt(element);
      if (whole < low || whole > high) return `it holds ${whole.toString()}, which does not fit into ${dataType}`;
    }
  }
  for (let index = 0; index < value.data.length; index += 1) {
    const element = value.data[index]!;
    // Between 64-bit types through BigInt, so that no bits are lost.
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[index] = BigInt(element);
    else setNumber(data, dataType, index, value.dataType === 'float16' ? fromFloat16(Number(element)) : Number(element));
  }
  return { dataType, dims: value.dims, data };
}
