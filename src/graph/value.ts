import type { DataType } from '../onnx/dtypes';
import { bitsPerElement } from '../onnx/dtypes';
import type { Graph, ModelFunction, Node, Tensor } from '../onnx/model';
import type { Dim } from './dim';
import { add, multiply, product } from './dim';
import type { Unresolved } from './layer';
import type { Step } from './step';

export type Dims = readonly Dim[];

/** A tensor of the file that a value is, or is made from by moving elements around only. */
export interface StoredConstant {
  readonly tensor: Tensor;
  /** The Constant node that holds it; null for initializers. */
  readonly node: Node | null;
  /** The graph or function that stores it. */
  readonly owner: Graph | ModelFunction;
  /** For each axis of the value the stored tensor's axis; null inside where an axis is none of them; null as a whole when they are the same. */
  readonly axes: readonly (number | null)[] | null;
  /** True behind a DequantizeLinear: the file holds codes. */
  readonly quantized: boolean;
  /** True behind a DequantizeLinear whose scale is 1, until a product brings the scales. */
  readonly unscaled?: boolean;
  /** Why its bytes in the file cannot be replaced by codes, as a sentence part; null when they can. */
  readonly obstacle: string | null;
  /** The other tensors that make up the value together with this one (behind a Concat). */
  readonly others: readonly StoredConstant[];
}

/** What is known about a sequence of tensors. */
export interface Sequence {
  readonly length: Dim;
  /** Its tensors in order, when each is known by itself. */
  readonly items: readonly Value[] | null;
  /** What all of its tensors have in common; null for a sequence without tensors. */
  readonly common: Value | null;
}

/** What is known about one value of the graph. An optional is what it holds. */
export interface Value {
  readonly dataType: DataType;
  /** null: not even the rank is known. */
  readonly shape: Dims | null;
  /** Elements in row-major order, when it is small and can be computed from the structure alone. */
  readonly elements: readonly Dim[] | null;
  readonly constant: StoredConstant | null;
  /** Why the shape or a dimension is unknown; null when all is known. */
  readonly blocker: Unresolved | null;
  /** The operator that computes it; null for inputs and constants. */
  readonly producer: Step | null;
  /** For sequences, whose own `shape` is null. */
  readonly sequence?: Sequence;
  /** For optionals that hold nothing, or of which it is not known; left out for all that is certainly there. */
  readonly presence?: 'absent' | 'unknown';
}

/** A value of which nothing is known, for the given reason. */
export function unknownValue(blocker: Unresolved, dataType: DataType = 'undefined'): Value {
  return { dataType, shape: null, elements: null, constant: null, blocker, producer: null };
}

/** A tensor that no constant stands behind. */
export function tensorValue(dataType: DataType, shape: Dims, elements: readonly Dim[] | null = null): Value {
  return { dataType, shape, elements, constant: null, blocker: null, producer: null };
}

/** An optional that holds nothing, or an input that a function call leaves out. */
export function absentValue(step: string): Value {
  return { ...unknownValue({ reason: 'an optional value is left out', blockedBy: step }), presence: 'absent' };
}

/** The bytes that a value takes; null when unknown. */
export function valueBytes({ shape, dataType, sequence }: Value): Dim | null {
  if (sequence !== undefined) return sequenceBytes(sequence);
  const bits = bitsPerElement(dataType);
  if (dataType === 'string') return 0;
  if (shape === null || bits === 0) return null;
  const count = product(shape);
  return typeof count === 'number' ? Math.ceil((count * bits) / 8) : multiply(count, bits / 8);
}

function sequenceBytes({ items, length, common }: Sequence): Dim | null {
  if (items === null) {
    const bytes = common === null ? 0 : valueBytes(common);
    return bytes === null ? null : multiply(length, bytes);
  }
  let total: Dim | null = 0;
  for (const item of items) {
    const bytes = valueBytes(item);
    total = total === null || bytes === null ? null : add(total, bytes);
  }
  return total;
}
