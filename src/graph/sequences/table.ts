import type { Call } from '../call';
import { add, multiply, UNKNOWN_DIM } from '../dim';
import type { Dim } from '../dim';
import { dataTypeFromCode } from '../../onnx/dtypes';
import { resolveAxis, unify, withAxis } from '../shapes/rule';
import type { Dims, Sequence, Value } from '../value';
import { absentValue, tensorValue } from '../value';
import { MAX_ITEMS, sequenceOf, sequenceValue, spliced } from './sequence';

/** The first output of an operator on sequences or optionals; null (and remembered by the call) when it is not known. */
type SequenceRule = (call: Call) => Value | null;

function sequenceAt(call: Call, input: number): Sequence | null {
  const value = call.value(input);
  return value?.sequence ?? call.lacks(input, 'is a sequence that is not known');
}

/** The place among the tensors; null when it is computed at run time, `otherwise` when it is left out. */
function placeOf(call: Call, input: number, otherwise: Dim): Dim | null {
  return call.has(input) ? (call.value(input)?.elements?.[0] ?? null) : otherwise;
}

const construct: SequenceRule = (call) => {
  const items = call.inputs.filter((value) => value !== null);
  return sequenceOf(items, call.step.name);
};

const empty: SequenceRule = (call) => {
  const code = call.int('dtype', 1);
  return sequenceOf([], call.step.name, dataTypeFromCode(code));
};

const insert: SequenceRule = (call) => {
  const sequence = sequenceAt(call, 0);
  const tensor = call.value(1);
  if (sequence === null || tensor === null) return null;
  return spliced(call.value(0)!, sequence, placeOf(call, 2, sequence.length), 0, [tensor], call.step.name) ?? call.fail('its sequence has no such place');
};

const erase: SequenceRule = (call) => {
  const sequence = sequenceAt(call, 0);
  if (sequence === null) return null;
  return spliced(call.value(0)!, sequence, placeOf(call, 1, -1), 1, [], call.step.name) ?? call.fail('its sequence has no such place');
};

const at: SequenceRule = (call) => {
  const sequence = sequenceAt(call, 0);
  if (sequence === null) return null;
  const place = placeOf(call, 1, 0);
  const { items, common } = sequence;
  if (items === null || typeof place !== 'number') return common === null ? call.fail('its sequence is empty') : { ...common, elements: null };
  return items[place < 0 ? place + items.length : place] ?? call.fail('its sequence has no such place');
};

const length: SequenceRule = (call) => {
  const sequence = sequenceAt(call, 0);
  return sequence && tensorValue('int64', [], [sequence.length]);
};

/** Cut along an axis into parts of equal size (the last may be smaller), of given sizes, or of 1, whose axis may be dropped. */
const split: SequenceRule = (call) => {
  const x = call.shape(0);
  const axis = x && resolveAxis(call, call.int('axis', 0), x.length);
  if (x === null || axis === null) return null;
  const part = (extent: Dim | null): Value => tensorValue(call.dataType(0), extent === null ? x.filter((_, index) => index !== axis) : withAxis(x, axis, extent));
  const alike = (extent: Dim | null, count: Dim): Value => sequenceValue(call.dataType(0), { length: count, items: null, common: part(extent) });
  const extent = x[axis]!;
  if (!call.has(1)) {
    const each = call.int('keepdims', 1) === 0 ? null : 1;
    return typeof extent === 'number' && extent <= MAX_ITEMS ? sequenceOf(Array.from({ length: extent }, () => part(each)), call.step.name) : alike(each, extent);
  }
  const sizes = call.elements(1);
  if (sizes === null) return alike(UNKNOWN_DIM, call.value(1)?.shape?.[0] ?? UNKNOWN_DIM);
  if (call.value(1)?.shape?.length !== 0) return sequenceOf(sizes.map(part), call.step.name);
  const [size] = sizes;
  if (typeof size !== 'number' || typeof extent !== 'number' || size < 1) return alike(UNKNOWN_DIM, UNKNOWN_DIM);
  const count = Math.ceil(extent / size);
  if (count > MAX_ITEMS) return alike(UNKNOWN_DIM, count);
  return sequenceOf(Array.from({ length: count }, (_, index) => part(Math.min(size, extent - index * size))), call.step.name);
};

/** Joined along an axis of theirs, or stacked along a new one. */
const concat: SequenceRule = (call) => {
  const sequence = sequenceAt(call, 0);
  if (sequence === null) return null;
  const { common, items } = sequence;
  const shape = common?.shape ?? null;
  if (common === null || shape === null) return call.fail('its sequence is empty or its tensors differ in rank');
  const stacks = call.int('new_axis', 0) !== 0;
  const axis = resolveAxis(call, call.int('axis', 0), shape.length + (stacks ? 1 : 0));
  if (axis === null) return null;
  const joined = (): Dim => items === null ? multiply(sequence.length, shape[axis]!) : items.reduce<Dim>((sum, item) => add(sum, item.shape?.[axis] ?? UNKNOWN_DIM), 0);
  const others = items === null ? shape : shape.map((_, index) => items.map((item) => item.shape?.[index] ?? UNKNOWN_DIM).reduce(unify));
  const result: Dims = stacks ? [...shape.slice(0, axis), sequence.length, ...shape.slice(axis)] : withAxis(others, axis, joined());
  return { ...common, shape: result, elements: null, constant: null };
};

const optional: SequenceRule = (call) => call.value(0) ?? absentValue(call.step.name);

const held: SequenceRule = (call) => {
  const value = call.value(0);
  if (value === null) return call.fail('its optional holds nothing');
  if (value.presence === undefined) return value;
  const { dataType, shape, elements, constant, blocker, producer, sequence } = value;
  return { dataType, shape, elements, constant, blocker, producer, ...(sequence && { sequence }) };
};

const isHeld: SequenceRule = (call) => {
  const unknown = call.value(0)?.presence === 'unknown';
  if (unknown) call.fail('it is not known whether its input holds something');
  return tensorValue('bool', [], unknown ? null : [call.has(0) ? 1 : 0]);
};

/** Identity hands tensors on by the rules for tensors. */
const identity: SequenceRule = (call) => {
  const value = call.value(0);
  if (value === null) return absentValue(call.step.name);
  return value.sequence === undefined && value.presence === undefined ? null : value;
};

const RULES: ReadonlyMap<string, SequenceRule> = new Map([
  ['SequenceConstruct', construct],
  ['SequenceEmpty', empty],
  ['SequenceInsert', insert],
  ['SequenceErase', erase],
  ['SequenceAt', at],
  ['SequenceLength', length],
  ['SplitToSequence', split],
  ['ConcatFromSequence', concat],
  ['Optional', optional],
  ['OptionalGetElement', held],
  ['OptionalHasElement', isHeld],
  ['Identity', identity],
]);

/** The rule of an operator that takes or gives sequences or optionals; undefined for all others. */
export function sequenceRule(domain: string, op: string): SequenceRule | undefined {
  return domain === '' ? RULES.get(op) : undefined;
}
