import type { Call } from '../call';
import { UNKNOWN_DIM } from '../dim';
import type { Dim } from '../dim';
import type { Environment } from '../environment';
import type { Unresolved } from '../layer';
import type { Block, Step } from '../step';
import type { Value } from '../value';
import { unknownValue } from '../value';
import { commonShape, sameShape } from './merge';
import type { BodyResult, BodyRunner, Repetition } from './runner';

/** Loops "without end" that stop by their condition have the largest int64 (or int32) as their trip count. */
const ENDLESS = 2 ** 31 - 1;

/** Passes in which the state's shape may settle; after them every dimension that still changes is unknown. */
const MAX_PASSES = 3;

/**
 * Loop: inputs are the trip count, the condition and the state; the body maps (iteration, condition, state) to
 * (condition, state, one slice for each scan output). The trip count is the most that it runs: a condition may end it
 * earlier. State whose shape changes between iterations is unknown in the axes that change.
 */
export function runLoop(runner: BodyRunner, step: Step, call: Call, environment: Environment): BodyResult | null {
  const body = step.bodies.get('body');
  if (body === undefined) return call.fail('it lacks a body');
  const repetition = tripCount(step, call);
  const initial = Array.from({ length: Math.max(0, body.inputs.length - 2) }, (_, index) => call.value(index + 2) ?? unknownValue(missing(step)));
  const counters = [scalar('int64'), scalar('bool')];
  const { state, outputs } = settle(runner, step, body, initial, (values) => runner.runRepeated(body, environment, [...counters, ...values], repetition), 1);
  const slices = outputs.slice(1 + initial.length).map((value) => stacked(value, repetition));
  return { outputs: [...state, ...slices], taken: null };
}

/**
 * Runs a body until the shapes of its state stay the same from one iteration to the next. `firstState` is the position
 * of the state among the body's outputs. State that the body hands through unchanged keeps all that is known about it.
 */
export function settle(
  runner: BodyRunner,
  step: Step,
  body: Block,
  initial: readonly Value[],
  pass: (state: readonly Value[]) => readonly Value[],
  firstState: number,
): { readonly state: readonly Value[]; readonly outputs: readonly Value[] } {
  const firstInput = body.inputs.length - initial.length;
  const changes: Unresolved = { reason: `${step.node.op}: its state changes shape from one iteration to the next`, blockedBy: step.name };
  const constant = initial.map((_, index) => body.outputs[firstState + index] === body.inputs[firstInput + index]);
  let state = initial.map((value, index) => (constant[index]! ? value : varying(value)));
  for (let passes = 1; ; passes += 1) {
    if (passes === MAX_PASSES || (passes === 1 && !runner.mayRepeat(body))) state = state.map((value, index) => (constant[index]! ? value : unknownValue(changes, value.dataType)));
    const outputs = pass(state);
    const after = outputs.slice(firstState, firstState + initial.length);
    const stable = after.every((value, index) => constant[index]! || state[index]!.shape === null || sameShape(value.shape, state[index]!.shape));
    if (stable) return { state: state.map((value, index) => (constant[index]! ? value : (after[index] ?? value))), outputs };
    runner.mayRepeat(body);
    state = state.map((value, index) => {
      if (constant[index]!) return value;
      const shape = commonShape(value.shape, after[index]?.shape ?? null);
      return sameShape(shape, value.shape) ? value : { ...unknownValue(changes, value.dataType), shape };
    });
  }
}

/** The same kind of value with elements that may be others in every iteration. */
function varying(value: Value): Value {
  return { ...unknownValue(value.blocker ?? { reason: '', blockedBy: '' }, value.dataType), shape: value.shape, blocker: value.blocker };
}

function tripCount(step: Step, call: Call): Repetition {
  const count = call.has(0) ? call.value(0)?.elements?.[0] : undefined;
  if (count !== undefined && count !== UNKNOWN_DIM && !(typeof count === 'number' && (count >= ENDLESS || count < 0))) return { times: count, blocker: null };
  return { times: UNKNOWN_DIM, blocker: { reason: `${step.node.op}: how often it runs is decided at run time`, blockedBy: step.name } };
}

/** One slice for each iteration, along a new first axis. */
function stacked(value: Value, { times, blocker }: Repetition): Value {
  const shape: readonly Dim[] | null = value.shape && [times, ...value.shape];
  return { ...value, shape, elements: null, constant: null, blocker: value.blocker ?? blocker };
}

function scalar(dataType: 'int64' | 'bool'): Value {
  return { dataType, shape: [], elements: null, constant: null, blocker: null, producer: null };
}

function missing(step: Step): Unresolved {
  return { reason: `${step.node.op}: it has fewer inputs than its body`, blockedBy: step.name };
}
