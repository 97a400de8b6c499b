import { equalDims, isUnknown, UNKNOWN_DIM } from '../dim';
import type { Unresolved } from '../layer';
import type { Dims, Value } from '../value';

/** A value that is one of two: what both agree on is known. */
export function either(a: Value, b: Value, disagreement: Unresolved): Value {
  const shape = commonShape(a.shape, b.shape);
  const complete = shape !== null && !shape.some(isUnknown);
  const sameElements = a.elements !== null && b.elements?.length === a.elements.length && a.elements.every((element, index) => equalDims(element, b.elements![index]!));
  return {
    dataType: a.dataType === 'undefined' ? b.dataType : a.dataType,
    shape,
    elements: sameElements ? a.elements : null,
    constant: null,
    blocker: complete ? null : (a.blocker ?? b.blocker ?? disagreement),
    producer: null,
  };
}

/** Dimensions that two shapes share; null when their ranks differ or one is unknown. */
export function commonShape(a: Dims | null, b: Dims | null): Dims | null {
  if (a === null || a.length !== b?.length) return null;
  return a.map((dim, axis) => (equalDims(dim, b[axis]!) ? dim : UNKNOWN_DIM));
}

/** True when two shapes are certainly the same. */
export function sameShape(a: Dims | null, b: Dims | null): boolean {
  return a === b || (a !== null && a.length === b?.length && a.every((dim, axis) => dim === b[axis] || equalDims(dim, b[axis]!)));
}
