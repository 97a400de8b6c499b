import type { ModelInput, Shape } from '../../graph/layer';
import { elementCount } from '../../runtime/tensorValue';
import type { TensorData, TensorValue } from '../../runtime/tensorValue';

/** How an array gives values to an input. */
export type RowLayout =
  /** The array is one value, the same for every sample of its file. */
  | { readonly kind: 'whole' }
  /** The first axis counts samples: `rows` of them, each of shape `dims`. */
  | { readonly kind: 'rows'; readonly rows: number; readonly dims: readonly number[] };

/** Names of first dimensions that count something else than samples. */
const NOT_A_BATCH = /seq|time|len|step|frame|height|width|token|atom/i;

/**
 * Finds out how `array` feeds `input`; null when its shape does not fit. A first axis longer than the model's, or an
 * axis more than the model has, counts samples. Where the model leaves the first dimension open, its name decides.
 */
export function rowLayout(input: ModelInput, array: TensorValue, labelCount: number | null): RowLayout | null {
  const { shape } = input;
  const { dims } = array;
  if (shape === null) return { kind: 'whole' };
  if (dims.length === shape.length + 1 && fits(shape, dims.slice(1))) return { kind: 'rows', rows: dims[0]!, dims: dims.slice(1) };
  if (dims.length !== shape.length || !fits(shape.slice(1), dims.slice(1))) return null;
  if (shape.length === 0) return { kind: 'whole' };

  const first = shape[0]!;
  const length = dims[0]!;
  if (typeof first === 'number') {
    if (length === first) return { kind: 'whole' };
    return first > 0 && length % first === 0 ? { kind: 'rows', rows: length / first, dims: [first, ...dims.slice(1)] } : null;
  }
  const isBatch = labelCount === length || countsSamples(first);
  return isBatch ? { kind: 'rows', rows: length, dims: [1, ...dims.slice(1)] } : { kind: 'whole' };
}

/** Whether an open first dimension of this name counts samples. */
export function countsSamples(dimension: string): boolean {
  return !NOT_A_BATCH.test(dimension);
}

function fits(shape: NonNullable<Shape>, dims: readonly number[]): boolean {
  return shape.length === dims.length && shape.every((dim, axis) => typeof dim === 'string' || dim === dims[axis]);
}

/** One sample's part of an array. Shares the array's memory. */
export function takeRow(array: TensorValue, layout: RowLayout, row: number): TensorValue {
  if (layout.kind === 'whole') return array;
  const size = elementCount(layout.dims);
  return { dataType: array.dataType, dims: layout.dims, data: part(array.data, row * size, (row + 1) * size) };
}

function part(data: TensorData, start: number, end: number): TensorData {
  return 'subarray' in data ? data.subarray(start, end) : data.slice(start, end);
}
