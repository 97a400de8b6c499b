import type { Dim } from '../dim';
import { multiply, product } from '../dim';
import { FREE_OPERATORS, MULTIPLIED_BY_INPUTS, OPERATIONS_PER_INPUT, OPERATIONS_PER_OUTPUT, RESIZE_OPERATIONS } from './operations';
import type { CostRule, CostRules } from './rule';
import { FREE, inputElements, outputElements } from './rule';

const perOutput = (weight: number): CostRule => (call, outputs) => {
  const count = outputElements(outputs);
  const pairs = MULTIPLIED_BY_INPUTS.has(call.op) ? Math.max(0, call.inputs.length - 1) : 1;
  return count === null ? null : { macs: 0, operations: multiply(count, weight * pairs) };
};

const perInput = (weight: number): CostRule => (call) => {
  const count = inputElements(call, 0);
  return count === null ? null : { macs: 0, operations: multiply(count, weight) };
};

/** output × kernel. */
const pooling: CostRule = (call, outputs) => {
  const count = outputElements(outputs);
  return count === null ? null : { macs: 0, operations: multiply(count, product(call.ints('kernel_shape') ?? [])) };
};

const resize: CostRule = (call, outputs) => {
  const count = outputElements(outputs);
  return count === null ? null : { macs: 0, operations: multiply(count, RESIZE_OPERATIONS[call.text('mode', 'nearest')] ?? RESIZE_OPERATIONS['linear']!) };
};

/** 5 N log2 N for each transformed line, the usual count for a fast Fourier transform; 0 MACs. */
const fourier: CostRule = (call, outputs) => {
  const lineLength = call.op === 'STFT' ? (call.has(3) ? call.elements(3)?.[0] : call.shape(2)?.[0]) : call.shape(0)?.at(call.has(2) || call.opset >= 20 ? -2 : call.int('axis', 1));
  const count = outputElements(outputs);
  if (lineLength === undefined || count === null) return null;
  if (typeof lineLength !== 'number') return call.fail('the length of its transform is not known');
  const perValue: Dim = 5 * Math.log2(Math.max(lineLength, 2));
  return { macs: 0, operations: typeof count === 'number' ? Math.round((count / 2) * perValue) : multiply(count, perValue / 2) };
};

/** Nothing when it can be folded into the operator that computes its input, else scale and shift. */
const batchNormalization: CostRule = (call, outputs) => {
  const before = call.value(0)?.producer?.node.op ?? '';
  return FOLDING.has(before) && call.isOnlyReader(0) ? FREE : perOutput(OPERATIONS_PER_OUTPUT['BatchNormalization']!)(call, outputs);
};

const FOLDING: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm']);

const entries = (weights: Readonly<Record<string, number>>, rule: (weight: number) => CostRule): CostRules =>
  Object.fromEntries(Object.entries(weights).map(([op, weight]) => [op, rule(weight)]));

export const otherCosts: CostRules = {
  ...Object.fromEntries([...FREE_OPERATORS].map((op): [string, CostRule] => [op, () => FREE])),
  ...entries(OPERATIONS_PER_OUTPUT, perOutput),
  ...entries(OPERATIONS_PER_INPUT, perInput),
  BatchNormalization: batchNormalization,
  MaxPool: pooling,
  AveragePool: pooling,
  LpPool: pooling,
  QLinearAveragePool: pooling,
  MaxRoiPool: perOutput(4),
  RoiAlign: perOutput(16),
  Resize: resize,
  Upsample: resize,
  DFT: fourier,
  STFT: fourier,
  Det: perInput(1),
};
