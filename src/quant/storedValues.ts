import type { DataType } from '../onnx/dtypes';
import { decodeNumbers, isCodeType } from './numbers';
import type { ScaleType } from './parameters';
import { valueOf } from './reference';

/** What codes mean: (code − zero point) × scale, with one of each for every group. Plain data; crosses threads. */
export interface CodeGroups {
  /** How many neighbouring codes along each axis share a scale: 1, the whole axis, or a block, the last of which may be shorter. */
  readonly blocks: readonly number[];
  /** In the order of the groups, axis by axis. */
  readonly scales: Float32Array;
  /** In the same order; null: all 0. */
  readonly zeroPoints: Float32Array | null;
  /** What the products are rounded to. */
  readonly scaleType: ScaleType;
}

/** How a stored tensor holds its numbers. Plain data; crosses threads. */
export interface StoredValues {
  readonly dataType: DataType;
  readonly dims: readonly number[];
  /** null: the numbers themselves are stored. */
  readonly groups: CodeGroups | null;
}

/** Types whose numbers are read as they are. */
const FLOAT_TYPES: ReadonlySet<DataType> = new Set<DataType>(['float', 'double', 'float16', 'bfloat16']);

/** True for values whose numbers `decodeValues` can tell. */
export function isDecodable({ dataType, groups }: Pick<StoredValues, 'dataType' | 'groups'>): boolean {
  return groups === null ? FLOAT_TYPES.has(dataType) : isCodeType(dataType);
}

/**
 * The numbers of the elements [from, to), in storage order, as float32. Codes are dequantized as DequantizeLinear does it.
 * @param bytes what is stored of these elements; `from` is a multiple of 4, so that it begins with a whole byte.
 */
export function decodeValues({ dataType, dims, groups }: StoredValues, bytes: Uint8Array, from: number, to: number): Float32Array {
  const numbers = decodeNumbers(dataType, bytes, to - from);
  if (numbers === null) throw new RangeError(`${String(bytes.length)} bytes do not hold ${String(to - from)} numbers of type ${dataType}.`);
  if (groups !== null) return dequantize(numbers, dims, groups, from);
  return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
}

/** Goes along the last axis, where neighbours mostly share a scale. */
function dequantize(codes: ArrayLike<number>, dims: readonly number[], { blocks, scales, zeroPoints, scaleType }: CodeGroups, from: number): Float32Array {
  const values = new Float32Array(codes.length);
  const width = dims.at(-1) ?? 1;
  const block = blocks.at(-1) ?? 1;
  for (let index = 0; index < codes.length; ) {
    const row = Math.floor((from + index) / width);
    const first = groupOfRow(row, dims, blocks);
    const rowEnd = Math.min(codes.length, (row + 1) * width - from);
    while (index < rowEnd) {
      const column = from + index - row * width;
      const group = first + Math.floor(column / block);
      const scale = scales[group]!;
      const zeroPoint = zeroPoints?.[group] ?? 0;
      const end = Math.min(rowEnd, index + block - (column % block));
      for (; index < end; index += 1) values[index] = valueOf(codes[index]!, scale, zeroPoint, scaleType);
    }
  }
  return values;
}

/** The group of the first element of a row, rows being counted over all axes but the last. */
function groupOfRow(row: number, dims: readonly number[], blocks: readonly number[]): number {
  let group = 0;
  let stride = groupsAlong(dims, blocks, dims.length - 1);
  let rest = row;
  for (let axis = dims.length - 2; axis >= 0; axis -= 1) {
    const extent = dims[axis]!;
    group += Math.floor((rest % extent) / blocks[axis]!) * stride;
    stride *= groupsAlong(dims, blocks, axis);
    rest = Math.floor(rest / extent);
  }
  return group;
}

/** Groups along one axis; 1 for a scalar. */
export function groupsAlong(dims: readonly number[], blocks: readonly number[], axis: number): number {
  return axis < 0 ? 1 : Math.ceil(dims[axis]! / blocks[axis]!);
}
