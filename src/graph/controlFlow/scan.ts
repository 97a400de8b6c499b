import type { Call } from '../call';
import { UNKNOWN_DIM } from '../dim';
import type { Environment } from '../environment';
import type { Step } from '../step';
import type { Value } from '../value';
import { unknownValue } from '../value';
import { settle } from './loop';
import type { BodyResult, BodyRunner } from './runner';

/**
 * Scan: state, then tensors that are cut into slices along one axis each; the body maps (state, slices) to (state, one
 * slice for each scan output). It runs as often as the cut axis is long. The batched form of operator set 8 is not followed.
 */
export function runScan(runner: BodyRunner, step: Step, call: Call, environment: Environment): BodyResult | null {
  const body = step.bodies.get('body');
  const slicesCount = call.int('num_scan_inputs', 0);
  if (body === undefined || call.opset < 9) return call.fail('its form in operator set 8 is not followed');
  const stateCount = call.inputs.length - slicesCount;
  if (stateCount < 0 || slicesCount < 1) return call.fail('num_scan_inputs does not fit its inputs');
  const nothing = unknownValue({ reason: `${step.node.op}: an input is missing`, blockedBy: step.name });
  const initial = Array.from({ length: stateCount }, (_, index) => call.value(index) ?? nothing);
  const inputAxes = call.ints('scan_input_axes');
  const cut = Array.from({ length: slicesCount }, (_, index) => sliced(call.value(stateCount + index) ?? nothing, inputAxes?.[index] ?? 0));
  const times = cut.map(({ extent }) => extent).find((extent) => extent !== UNKNOWN_DIM) ?? UNKNOWN_DIM;
  const blocker = times === UNKNOWN_DIM ? { reason: `${step.node.op}: how often it runs is not known`, blockedBy: step.name } : null;
  const slices = cut.map(({ slice }) => slice);
  const pass = (state: readonly Value[]): readonly Value[] => runner.runRepeated(body, environment, [...state, ...slices], { times, blocker });
  const { state, outputs } = settle(runner, step, { ...body, inputs: body.inputs.slice(0, stateCount) }, initial, pass, 0);
  const outputAxes = call.ints('scan_output_axes');
  const collected = outputs.slice(stateCount).map((value, index): Value => {
    const axis = outputAxes?.[index] ?? 0;
    const rank = (value.shape?.length ?? 0) + 1;
    const at = axis < 0 ? axis + rank : axis;
    return { ...value, shape: value.shape && [...value.shape.slice(0, at), times, ...value.shape.slice(at)], elements: null, constant: null, blocker: value.blocker ?? blocker };
  });
  return { outputs: [...state, ...collected], taken: null };
}

function sliced(value: Value, axis: number) {
  const at = axis < 0 ? axis + (value.shape?.length ?? 0) : axis;
  const slice: Value = { ...unknownValue(value.blocker ?? { reason: '', blockedBy: '' }, value.dataType), shape: value.shape && value.shape.filter((_, index) => index !== at), blocker: value.blocker };
  return { slice, extent: value.shape?.[at] ?? UNKNOWN_DIM };
}
