import type { Call } from '../call';
import type { Dim } from '../dim';
import { multiply, product, UNKNOWN_DIM } from '../dim';
import { attentionCore } from '../shapes/attention';
import { readRecurrence } from '../shapes/recurrent';
import type { Value } from '../value';
import { longestPaths, rowsFactor } from './classical';
import type { Term } from './rule';
import { factor, inputElements, outputElements } from './rule';
import type { WeightUnit } from './weightTable';

/** The elements that a weight is multiplied with; null when they are unknown, nothing when the weight does not apply to this call. */
type UnitCount = (call: Call, outputs: readonly Value[]) => Term | null;

const NOTHING: Term = [];

const perOutput: UnitCount = (_, outputs) => single(outputElements(outputs));

/** Weights of one interpolation; others of the same operator do not apply. */
const inMode = (mode: string): UnitCount => (call, outputs) => (call.text('mode', 'nearest') === mode ? perOutput(call, outputs) : NOTHING);

export const UNITS: Readonly<Record<WeightUnit, UnitCount>> = {
  output: perOutput,
  input: (call) => single(inputElements(call, 0)),
  /** n inputs are folded with n − 1 operations. */
  fold: (call, outputs) => {
    const output = outputElements(outputs);
    return output && [output, factor('folds', Math.max(0, call.inputs.length - 1))];
  },
  /** Nothing when it can be folded into the operator that computes its input. */
  unfolded: (call, outputs) => (FOLDING.has(call.value(0)?.producer?.node.op ?? '') && call.isOnlyReader(0) ? NOTHING : perOutput(call, outputs)),
  window: (call, outputs) => {
    const output = outputElements(outputs);
    return output && [output, factor('kernelElements', product(call.ints('kernel_shape') ?? []))];
  },
  nearest: inMode('nearest'),
  linear: (call, outputs) => (MODES.has(call.text('mode', 'nearest')) ? NOTHING : perOutput(call, outputs)),
  cubic: inMode('cubic'),
  transform: transformSteps,
  hidden: (call) => hiddenValues(call, true),
  sequence: (call) => hiddenValues(call, false),
  score: (call) => {
    const core = attentionCore(call);
    return core && [factor('batch', core.batch), factor('heads', core.heads), factor('queries', core.queries), factor('keys', core.keys)];
  },
  sample: (call) => {
    const [x, offsets] = [call.shape(0), inputElements(call, 2)];
    return x && offsets && [factor('samples', offsets.value), factor('channelsPerGroup', x[1] ?? 1)];
  },
  row: (call, outputs) => {
    const [shape, output] = [call.shape(0), outputs[0]?.shape ?? null];
    if (shape === null || output === null) return null;
    const axis = call.op === 'LayerNormalization' ? call.int('axis', -1) : 2;
    return [factor('rows', product(shape.slice(0, axis)))];
  },
  path: (call) => {
    const rows = rowsFactor(call);
    const paths = longestPaths(call);
    return paths === null ? call.fail('its nodes do not form trees') : rows && [rows, factor('longestPaths', paths)];
  },
  bias: (call, outputs) => (call.has(2) ? perOutput(call, outputs) : NOTHING),
  gateBias: (call) => {
    const recurrence = readRecurrence(call);
    if (recurrence === null) return null;
    const values = call.has(3) ? product(call.shape(3) ?? [UNKNOWN_DIM]) : 0;
    return [factor('steps', recurrence.steps), factor('batch', recurrence.batch), factor('biasValues', values)];
  },
};

/** Operators that batch normalization after them can be folded into. */
const FOLDING: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm']);

/** Interpolations that have a weight of their own; all others count as linear. */
const MODES: ReadonlySet<string> = new Set(['nearest', 'cubic']);

function single(count: Term[number] | null): Term | null {
  return count && [count];
}

function hiddenValues(call: Call, eachDirection: boolean): Term | null {
  const recurrence = readRecurrence(call);
  if (recurrence === null) return null;
  const { steps, batch, directions, hiddenSize } = recurrence;
  return [factor('steps', steps), factor('batch', batch), ...(eachDirection ? [factor('directions', directions)] : []), factor('hidden', hiddenSize)];
}

/** N log2 N summed over the transformed lines; a complex output has two values for each. */
function transformSteps(call: Call, outputs: readonly Value[]): Term | null {
  const length = call.op === 'STFT' ? (call.has(3) ? call.elements(3)?.[0] : call.shape(2)?.[0]) : call.shape(0)?.at(call.has(2) || call.opset >= 20 ? -2 : call.int('axis', 1));
  const output = outputElements(outputs);
  if (length === undefined || output === null) return null;
  if (typeof length !== 'number') return call.fail('the length of its transform is not known');
  return [factor('transformSteps', scaledSteps(output.value, Math.log2(Math.max(length, 2)) / 2))];
}

function scaledSteps(values: Dim, perValue: number): Dim {
  return typeof values === 'number' ? Math.round(values * perValue) : multiply(values, perValue);
}
