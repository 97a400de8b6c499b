import type { Call } from '../call';
import { equalDims, isUnknown, maximum } from '../dim';
import type { Dim } from '../dim';
import type { Dims } from '../value';

/** Shapes of an operator's outputs, in order; null for an output (or as a whole) that cannot be told. */
export type ShapeRule = (call: Call) => readonly (Dims | null)[] | null;

/** Operators of one family by name. */
export type ShapeRules = Readonly<Record<string, ShapeRule>>;

/** One output shaped like input 0. */
export const sameAsInput: ShapeRule = (call) => {
  const shape = call.shape(0);
  return shape && [shape];
};

/** Two outputs shaped like input 0, such as a result and its mask. */
export const twiceInput: ShapeRule = (call) => {
  const shape = call.shape(0);
  return shape && [shape, shape];
};

/** One output without axes. */
export const scalar: ShapeRule = () => [[]];

/** An axis counted from the front; null when it is outside [-rank, rank). */
export function resolveAxis(call: Call, axis: number, rank: number): number | null {
  const resolved = axis < 0 ? axis + rank : axis;
  return Number.isInteger(resolved) && resolved >= 0 && resolved < rank ? resolved : call.fail(`axis ${String(axis)} does not exist in ${String(rank)} dimensions`);
}

/** Several axes, counted from the front. */
export function resolveAxes(call: Call, axes: readonly number[], rank: number): readonly number[] | null {
  const resolved = axes.map((axis) => resolveAxis(call, axis, rank)).filter((axis) => axis !== null);
  return resolved.length === axes.length ? resolved : null;
}

/** The axes that an operator takes as an attribute in older operator sets and as an input in newer ones. */
export function axesOf(call: Call, input: number): readonly number[] | null | undefined {
  const attribute = call.ints('axes');
  if (attribute !== null) return attribute;
  return call.has(input) ? call.numbers(input) : undefined;
}

/**
 * The shape that multidirectional broadcasting gives: shapes are aligned at their last axes, missing axes count as 1,
 * and an axis of 1 is repeated. A symbol beside a number above 1 takes that number; of two symbols that differ one is 1,
 * or they are equal: the result is the larger. Null when two numbers contradict.
 */
export function broadcast(call: Call, shapes: readonly Dims[]): Dims | null {
  let result: Dims = shapes[0] ?? [];
  for (let input = 1; input < shapes.length; input += 1) {
    const shape = shapes[input]!;
    const [long, short] = result.length >= shape.length ? [result, shape] : [shape, result];
    const offset = long.length - short.length;
    // Mostly one of the shapes is the result as it is, and then they are the same array.
    let merged: Dim[] | null = null;
    for (let axis = 0; axis < short.length; axis += 1) {
      const dim = broadcastDim(long[axis + offset]!, short[axis]!);
      if (dim === null) return call.fail(`its input shapes do not fit together`);
      if (dim !== long[axis + offset]) (merged ??= [...long])[axis + offset] = dim;
    }
    result = merged ?? long;
  }
  return result;
}

function broadcastDim(a: Dim, b: Dim): Dim | null {
  if (a === 1) return b;
  if (b === 1 || equalDims(a, b)) return a;
  if (typeof a === 'number') return typeof b === 'number' ? null : a;
  return typeof b === 'number' ? b : maximum(a, b);
}

/** Broadcast of all inputs. */
export const broadcastInputs: ShapeRule = (call) => {
  const shapes: Dims[] = [];
  for (let input = 0; input < call.inputs.length; input += 1) {
    const shape = call.shape(input);
    if (shape === null) return null;
    shapes.push(shape);
  }
  const result = broadcast(call, shapes);
  return result && [result];
};

/** The shape with one axis replaced. */
export function withAxis(shape: Dims, axis: number, dim: Dim): Dims {
  const copy = [...shape];
  copy[axis] = dim;
  return copy;
}

/** Two views of the same extent: the number or the known one wins. */
export function unify(a: Dim, b: Dim): Dim {
  if (typeof a === 'number') return a;
  if (typeof b === 'number') return b;
  return isUnknown(a) ? b : a;
}
