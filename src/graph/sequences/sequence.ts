import type { DataType } from '../../onnx/dtypes';
import { add } from '../dim';
import type { Dim } from '../dim';
import { either } from '../controlFlow/merge';
import type { Unresolved } from '../layer';
import type { Sequence, Value } from '../value';

/** Most tensors of one sequence that are known one by one; longer ones, a file can ask for a billion, are known by what their tensors have in common. */
export const MAX_ITEMS = 256;

/** A sequence of these tensors. `step` is named where they differ. */
export function sequenceOf(items: readonly Value[], step: string, dataType: DataType = items[0]?.dataType ?? 'undefined'): Value {
  return sequenceValue(dataType, { length: items.length, items: items.length <= MAX_ITEMS ? items : null, common: commonOf(null, items, step) });
}

/** A value that is a sequence. Its type is that of its tensors. */
export function sequenceValue(dataType: DataType, sequence: Sequence): Value {
  return { dataType, shape: null, elements: null, constant: null, blocker: null, producer: null, sequence };
}

/** What some tensors have in common with what others have; null when there are none. */
function commonOf(before: Value | null, items: readonly Value[], step: string): Value | null {
  const differ: Unresolved = { reason: 'the tensors of its sequence differ in shape', blockedBy: step };
  return items.reduce((common, item) => (common === null ? item : either(common, item, differ)), before);
}

/**
 * The sequence with some tensors put in at a place, or with one taken out there. Null when the place does not exist.
 * When the place or the tensors are not known one by one, what they have in common remains; so it does of what is left.
 */
export function spliced(value: Value, sequence: Sequence, at: Dim | null, removed: 0 | 1, added: readonly Value[], step: string): Value | null {
  const dataType = value.dataType === 'undefined' ? (added[0]?.dataType ?? 'undefined') : value.dataType;
  const common = commonOf(sequence.common, added, step);
  const { items } = sequence;
  if (items === null || typeof at !== 'number') return sequenceValue(dataType, { length: add(sequence.length, added.length - removed), items: null, common });
  const place = at < 0 ? at + items.length : at;
  if (!(place >= 0 && place + removed <= items.length)) return null;
  const next = [...items.slice(0, place), ...added, ...items.slice(place + removed)];
  return sequenceValue(dataType, { length: next.length, items: next.length <= MAX_ITEMS ? next : null, common: next.length === 0 ? null : common });
}
