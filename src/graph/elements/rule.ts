import type { Call } from '../call';
import type { Dim } from '../dim';
import type { Dims } from '../value';

/**
 * Computes the elements of an output from known input elements: what shapes are calculated with. `shape` is that
 * output's shape, which is small and all numbers. Returns null where the result is not known.
 */
export type ElementRule = (call: Call, shape: readonly number[], output: number) => readonly Dim[] | null;

export type ElementRules = Readonly<Record<string, ElementRule>>;

/** Distance in elements between neighbours along each axis, row-major. */
export function stridesOf(shape: readonly number[]): readonly number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis -= 1) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** Calls `visit` with the coordinates of every element, in row-major order. The array is reused. */
export function eachCoordinate(shape: readonly number[], visit: (coordinate: readonly number[]) => void): void {
  if (shape.includes(0)) return;
  const coordinate = shape.map(() => 0);
  for (;;) {
    visit(coordinate);
    let axis = shape.length - 1;
    while (axis >= 0 && coordinate[axis] === shape[axis]! - 1) {
      coordinate[axis] = 0;
      axis -= 1;
    }
    if (axis < 0) return;
    coordinate[axis]! += 1;
  }
}

/** The shape as plain numbers; null when a dimension is not one. */
export function numericShape(shape: Dims | null): readonly number[] | null {
  return shape?.every((dim) => typeof dim === 'number') === true ? shape : null;
}

/** The list when nothing in it is missing. */
export function allKnown<T>(elements: readonly (T | null)[]): readonly T[] | null {
  const known = elements.filter((element) => element !== null);
  return known.length === elements.length ? known : null;
}

/** Elements of an input together with its numeric shape. */
export function knownInput(call: Call, input: number): { readonly elements: readonly Dim[]; readonly shape: readonly number[] } | null {
  const shape = numericShape(call.value(input)?.shape ?? null);
  const elements = shape && call.elements(input);
  return shape && elements && { elements, shape };
}

/** Reads an input as if it were broadcast to `shape`. */
export function broadcastReader(elements: readonly Dim[], own: readonly number[]): (coordinate: readonly number[]) => Dim {
  if (elements.length === 1) return () => elements[0]!;
  const strides = stridesOf(own);
  return (coordinate) => {
    const offset = coordinate.length - own.length;
    return elements[own.reduce((at, extent, axis) => at + (extent === 1 ? 0 : coordinate[axis + offset]! * strides[axis]!), 0)]!;
  };
}
