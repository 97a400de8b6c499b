import type { Call } from '../call';
import { isUnknown } from '../dim';
import type { Environment } from '../environment';
import type { Unresolved } from '../layer';
import { sequenceOf, sequenceValue } from '../sequences/sequence';
import type { Step } from '../step';
import { tensorValue } from '../value';
import type { Value } from '../value';
import type { BodyResult, BodyRunner } from './runner';
import { MAX_UNROLLED } from './unroll';

/** SequenceMap: the body is run on every tensor of the first sequence, with the tensor at the same place of the others; plain tensors are the same every time. */
export function runMap(runner: BodyRunner, step: Step, call: Call, environment: Environment): BodyResult | null {
  const body = step.bodies.get('body');
  const sequence = call.value(0)?.sequence;
  if (body === undefined) return call.fail('it lacks a body');
  if (sequence === undefined) return call.lacks(0, 'is a sequence that is not known');
  const inputs = call.inputs.filter((value) => value !== null);
  const common = inputs.map((value, index) => (value.sequence === undefined ? value : item(runner, `${step.name}/${body.inputs[index] ?? ''}`, value.sequence.common ?? value)));
  const outputs = runner.runRepeated(body, environment, common, sequence.length);
  const each = oneByOne(runner, step, inputs, environment);
  return {
    outputs: outputs.map((value, index) => (each === null ? sequenceValue(value.dataType, { length: sequence.length, items: null, common: value }) : sequenceOf(each.map((results) => results[index] ?? value), step.name, value.dataType))),
    taken: null,
  };
}

/** What the body sees of any tensor: extents in which they differ get a symbol. */
function item(runner: BodyRunner, name: string, { dataType, shape, blocker }: Value): Value {
  const differ: Unresolved = blocker ?? { reason: 'SequenceMap: its tensors differ in shape', blockedBy: name };
  return { ...tensorValue(dataType, []), shape: shape && shape.map((dim, axis) => (isUnknown(dim) ? runner.open(`${name}.${String(axis)}`, differ) : dim)), blocker: shape === null ? differ : null };
}

/** The body's outputs for each tensor; null when the tensors are not known one by one, or are too many. */
function oneByOne(runner: BodyRunner, step: Step, inputs: readonly Value[], environment: Environment): readonly (readonly Value[])[] | null {
  const body = step.bodies.get('body')!;
  const count = inputs[0]?.sequence?.items?.length ?? Infinity;
  if (count > MAX_UNROLLED || inputs.some(({ sequence }) => sequence !== undefined && sequence.items?.length !== count)) return null;
  const results: (readonly Value[])[] = [];
  for (let place = 0; place < count; place += 1) {
    if (!runner.mayRepeat(body)) return null;
    results.push(runner.runUnseen(body, environment, inputs.map((value) => value.sequence?.items?.[place] ?? value)));
  }
  return results;
}
