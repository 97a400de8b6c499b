import { equalDims, isUnknown, UNKNOWN_DIM } from '../dim';
import type { Unresolved } from '../layer';
import type { Dims, Sequence, Value } from '../value';

/** A value that is one of two: what both agree on is known. */
export function either(a: Value, b: Value, disagreement: Unresolved): Value {
  if (a.presence !== b.presence) return { ...(a.presence === 'absent' ? b : a), elements: null, constant: null, producer: null, presence: 'unknown' };
  if (a.presence === 'absent') return a;
  if (a.sequence !== undefined && b.sequence !== undefined) return { ...a, blocker: null, producer: null, sequence: eitherSequence(a.sequence, b.sequence, disagreement) };
  const shape = commonShape(a.shape, b.shape);
  const complete = shape !== null && !shape.some(isUnknown);
  const sameElements = a.elements !== null && b.elements?.length === a.elements.length && a.elements.every((element, index) => equalDims(element, b.elements![index]!));
  return {
    dataType: a.dataType === 'undefined' ? b.dataType : a.dataType,
    shape,
    elements: sameElements ? a.elements : null,
    constant: null,
    blocker: complete ? null : (causeOf(a) ?? causeOf(b) ?? disagreement),
    producer: null,
  };
}

/** Why the shape of a value is unknown; what its elements lack does not matter here. */
function causeOf({ shape, blocker }: Value): Unresolved | null {
  return shape === null ? blocker : null;
}

function eitherSequence(a: Sequence, b: Sequence, disagreement: Unresolved): Sequence {
  const { items } = b;
  const paired = a.items !== null && items?.length === a.items.length ? a.items.map((item, index) => either(item, items[index]!, disagreement)) : null;
  return {
    length: equalDims(a.length, b.length) ? a.length : UNKNOWN_DIM,
    items: paired,
    common: a.common === null || b.common === null ? (a.common ?? b.common) : either(a.common, b.common, disagreement),
  };
}

/** Dimensions that two shapes share; null when their ranks differ or one is unknown. */
export function commonShape(a: Dims | null, b: Dims | null): Dims | null {
  if (a === null || a.length !== b?.length) return null;
  return a.map((dim, axis) => (equalDims(dim, b[axis]!) ? dim : UNKNOWN_DIM));
}
