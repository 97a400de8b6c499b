import type { Call } from '../call';
import { UNKNOWN_DIM } from '../dim';
import type { Dim } from '../dim';
import type { Environment } from '../environment';
import type { Step } from '../step';
import { absentValue, tensorValue } from '../value';
import type { Value } from '../value';
import type { BodyResult, BodyRunner } from './runner';
import { settle } from './settle';
import { hasGaps, unroll } from './unroll';

/** Loops "without end" that stop by their condition have the largest int64 (or int32) as their trip count. */
const ENDLESS = 2 ** 31 - 1;

/** Inputs of a Loop and of its body before the state, and outputs of its body before the state. */
const BEFORE_INPUTS = 2;
const BEFORE_OUTPUTS = 1;

/**
 * Loop: inputs are the trip count, the condition and the state; the body maps (iteration, condition, state) to
 * (condition, state, one slice for each scan output). The trip count is the most that it runs: a condition may end it
 * earlier.
 */
export function runLoop(runner: BodyRunner, step: Step, call: Call, environment: Environment): BodyResult | null {
  const body = step.bodies.get('body');
  if (body === undefined) return call.fail('it lacks a body');
  const times = tripCount(runner, step, call);
  const initial = Array.from({ length: Math.max(0, body.inputs.length - BEFORE_INPUTS) }, (_, index) => call.value(index + BEFORE_INPUTS) ?? absentValue(step.name));
  // A slice from i to i + 1 is one wide, whatever i is.
  const iteration = `${step.name}.iteration`;
  const counters = [tensorValue('int64', [], [runner.open(iteration, { reason: `${step.node.op}: it differs from one iteration to the next`, blockedBy: step.name })]), tensorValue('bool', [])];
  const { state, slices } = settle({
    runner, step, body, initial, times,
    firstInput: BEFORE_INPUTS,
    firstOutput: BEFORE_OUTPUTS,
    inside: [iteration],
    pass: (values) => runner.runRepeated(body, environment, [...counters, ...values], times),
  });
  const settled = [...state, ...slices.map((value) => stacked(value, 0, times))];
  if (!settled.some((value) => hasGaps(value, runner.isOpen))) return { outputs: settled, taken: null };
  const unrolled = unroll(runner, body, environment, initial, times, call.value(1) ?? tensorValue('bool', [], [1]));
  if (unrolled === null) return { outputs: settled, taken: null };
  const collected = slices.map((value, index) => (unrolled.slices.length === 0 ? stacked(value, 0, 0) : stacked(unrolled.slices[0]![index] ?? value, 0, unrolled.slices.length)));
  return { outputs: [...unrolled.state, ...collected], taken: null };
}

function tripCount(runner: BodyRunner, step: Step, call: Call): Dim {
  const count = call.has(0) ? call.value(0)?.elements?.[0] : undefined;
  if (count !== undefined && count !== UNKNOWN_DIM && !(typeof count === 'number' && (count >= ENDLESS || count < 0))) return count;
  return runner.open(`${step.name}.iterations`, { reason: `${step.node.op}: how often it runs is decided at run time`, blockedBy: step.name });
}

/** One slice for each iteration, along a new axis (counted from the end when negative). */
export function stacked(value: Value, axis: number, times: Dim): Value {
  const { dataType, shape, blocker } = value;
  const at = axis < 0 ? axis + (shape?.length ?? 0) + 1 : axis;
  return { ...tensorValue(dataType, []), shape: shape && [...shape.slice(0, at), times, ...shape.slice(at)], blocker };
}
