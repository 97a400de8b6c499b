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
  return sequenceValue(dataType, { length: items.length, items: items.length <= MAX_ITEMS ? items : null, common: commonOf(items, step) });
}

/** A value that is a sequence. Its type is that of its tensors. */
export function sequenceValue(dataType: DataType, sequence: Sequence): Value {
  return { dataType, shape: null, elements: null, constant: null, blocker: null, producer: null, sequence };
}

/** What all of these have in common; null when there are none. */
function commonOf(items: readonly Value[], step: string): Value | null {
  const differ: Unresolved = { reason: 'the tensors of its sequence differ in shape', blockedBy: step };
  return items.length === 0 ? null : items.reduce((common, item) => either(common, item, differ));
}

/**
 * The sequence with some tensors put in at a place, or with one taken out there. Null when the place does not exist.
 * When the place or the tensors are not known one by one, what they have in common remains.
 */
export function spliced(value: Value, sequence: Sequence, at: Dim | null, removed: 0 | 1, added: readonly Value[], step: string): Value | null {
  const dataType = value.dataType === 'undefined' ? (added[0]?.dataType ?? 'undefined') : value.dataType;
  const { items, length, common } = sequence;
  if (items === null || typeof at !== 'number') {
    const all = common === null ? added : [common, ...added];
    return sequenceValue(dataType, { length: add(length, added.length - removed), items: null, common: commonOf(all, step) });
  }
  const place = at < 0 ? at + items.length : at;
  if (!(place >= 0 && place + removed <= items.length)) return null;
  return sequenceOf([...items.slice(0, place), ...added, ...items.slice(place + removed)], step, dataType);
}
