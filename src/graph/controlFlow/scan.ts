import type { Call } from '../call';
import { multiply } from '../dim';
import type { Environment } from '../environment';
import type { Step } from '../step';
import { tensorValue, unknownValue } from '../value';
import type { Value } from '../value';
import { stacked } from './loop';
import type { BodyResult, BodyRunner } from './runner';
import { settle } from './settle';

/**
 * Scan: state, then tensors that are cut into slices along one axis each; the body maps (state, slices) to (state, one
 * slice for each scan output). It runs as often as the cut axis is long. In operator set 8 the lengths of the sequences
 * come first, and every tensor starts with a batch axis, which the body does not see.
 */
export function runScan(runner: BodyRunner, step: Step, call: Call, environment: Environment): BodyResult | null {
  const body = step.bodies.get('body');
  if (body === undefined) return call.fail('it lacks a body');
  const batched = call.opset < 9;
  const firstInput = batched ? 1 : 0;
  const slicesCount = call.int('num_scan_inputs', 0);
  const stateCount = call.inputs.length - firstInput - slicesCount;
  if (stateCount < 0 || slicesCount < 1) return call.fail('num_scan_inputs does not fit its inputs');
  const nothing = unknownValue({ reason: `${step.node.op}: an input is missing`, blockedBy: step.name });
  const given = Array.from({ length: stateCount + slicesCount }, (_, index) => call.value(firstInput + index) ?? nothing);
  const uncounted = { reason: `${step.node.op}: how often it runs is not known`, blockedBy: step.name };
  const batch = batched ? (given[stateCount]!.shape?.[0] ?? runner.open(`${step.name}.batch`, uncounted)) : 1;
  const inputs = batched ? given.map((value) => without(value, 0)) : given;
  const inputAxes = batched ? null : call.ints('scan_input_axes');
  const cut = inputs.slice(stateCount);
  const times = cut.map(({ shape }, index) => shape?.at(inputAxes?.[index] ?? 0)).find((extent) => extent !== undefined) ?? runner.open(`${step.name}.iterations`, uncounted);
  const slices = cut.map((value, index) => without(value, inputAxes?.[index] ?? 0));
  const { state, slices: made } = settle({
    runner, step, body, times,
    initial: inputs.slice(0, stateCount),
    firstInput: 0,
    firstOutput: 0,
    inside: [],
    pass: (values) => runner.runRepeated(body, environment, [...values, ...slices], multiply(times, batch)),
  });
  const outputAxes = batched ? null : call.ints('scan_output_axes');
  const outputs = [...state, ...made.map((value, index) => stacked(value, outputAxes?.[index] ?? 0, times))];
  return { outputs: batched ? outputs.map((value) => stacked(value, 0, batch)) : outputs, taken: null };
}

/** The value at one place of an axis. */
function without({ dataType, shape, blocker }: Value, axis: number): Value {
  const at = axis < 0 ? axis + (shape?.length ?? 0) : axis;
  return { ...tensorValue(dataType, []), shape: shape && shape.filter((_, index) => index !== at), blocker };
}
