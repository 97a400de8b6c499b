import type { DataType } from '../onnx/dtypes';
import { bitsPerElement } from '../onnx/dtypes';
import type { Graph, ModelFunction, Node, Tensor } from '../onnx/model';
import type { Dim } from './dim';
import { multiply, product } from './dim';
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
  readonly sparse: boolean;
}

/** What is known about one value of the graph. */
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
}

/** A value of which nothing is known, for the given reason. */
export function unknownValue(blocker: Unresolved, dataType: DataType = 'undefined'): Value {
  return { dataType, shape: null, elements: null, constant: null, blocker, producer: null };
}

/** The bytes that a value takes; null when unknown. */
export function valueBytes({ shape, dataType }: Value): Dim | null {
  const bits = bitsPerElement(dataType);
  if (dataType === 'string') return 0;
  if (shape === null || bits === 0) return null;
  const count = product(shape);
  return typeof count === 'number' ? Math.ceil((count * bits) / 8) : multiply(count, bits / 8);
}
