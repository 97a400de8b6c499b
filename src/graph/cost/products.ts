import type { Dim } from '../dim';
import { add, multiply, product } from '../dim';
import { attentionCore } from '../shapes/attention';
import { readEquation, transposedIf } from '../shapes/matrix';
import { readRecurrence } from '../shapes/recurrent';
import { CELL_OPERATIONS } from './operations';
import type { CostRule, CostRules } from './rule';
import { inputElements, outputElements } from './rule';

/** output × (C/g × kernel): every output value is the sum of so many products. */
function convolution(weightInput: number): CostRule {
  return (call, outputs) => {
    const weight = call.shape(weightInput);
    const output = outputElements(outputs);
    return weight && output !== null ? { macs: multiply(output, product(weight.slice(1))), operations: 0 } : null;
  };
}

/** input × (M/g × kernel): every input value is spread over so many outputs. */
const transposedConvolution: CostRule = (call) => {
  const weight = call.shape(1);
  const input = inputElements(call, 0);
  return weight && input !== null ? { macs: multiply(input, product(weight.slice(1))), operations: 0 } : null;
};

/** Sampling at four neighbours for every product's input, then a convolution. */
const deformableConvolution: CostRule = (call, outputs) => {
  const base = convolution(1)(call, outputs);
  const x = call.shape(0);
  const offsets = inputElements(call, 2);
  return base && x && offsets !== null ? { macs: base.macs, operations: multiply(multiply(offsets, 4), x[1] ?? 1) } : null;
};

/** output × K, K being the last axis of A. */
const matMul: CostRule = (call, outputs) => {
  const a = call.shape(0);
  const output = outputElements(outputs);
  if (a === null || output === null) return null;
  return { macs: multiply(output, transposedIf(a, call.int('transA', 0) !== 0).at(-1) ?? 1), operations: 0 };
};

const packedMatMul: CostRule = (call) => {
  const a = inputElements(call, 0);
  return a === null ? null : { macs: multiply(a, call.int('N', 0)), operations: 0 };
};

/** The product of all labels' extents; a single operand is only summed. */
const einsum: CostRule = (call) => {
  const equation = readEquation(call);
  if (equation === null) return null;
  const all = product([...equation.extents.values()]);
  if (equation.operands.length > 1) return { macs: all, operations: 0 };
  return { macs: 0, operations: equation.output.length < equation.extents.size ? all : 0 };
};

/** steps × batch × directions × gates × H × (I + H). */
function recurrent(gates: number): CostRule {
  return (call) => {
    const recurrence = readRecurrence(call);
    if (recurrence === null) return null;
    const { steps, batch, inputSize, hiddenSize, directions } = recurrence;
    const hidden = product([steps, batch, directions, hiddenSize]);
    return { macs: product([hidden, gates, add(inputSize, hiddenSize)]), operations: multiply(hidden, CELL_OPERATIONS[call.op] ?? 0) };
  };
}

/** heads × queries × keys × (width of Q·K + width of V), softmax at 5 per score, and the fused projection where there is one. */
const attention: CostRule = (call) => {
  const core = attentionCore(call);
  if (core === null) return null;
  const scores = product([core.batch, core.heads, core.queries, core.keys]);
  const projected: Dim = core.projection === 0 ? 0 : product([core.batch, core.queries, core.projection, call.shape(1)?.[1] ?? 0]);
  return { macs: add(projected, multiply(scores, add(core.qkWidth, core.vWidth))), operations: multiply(scores, 6) };
};

export const productCosts: CostRules = {
  Conv: convolution(1),
  FusedConv: convolution(1),
  ConvInteger: convolution(1),
  QLinearConv: convolution(3),
  DeformConv: deformableConvolution,
  ConvTranspose: transposedConvolution,
  MatMul: matMul,
  MatMulInteger: matMul,
  MatMulIntegerToFloat: matMul,
  DynamicQuantizeMatMul: matMul,
  FusedMatMul: matMul,
  TransposeMatMul: matMul,
  QLinearMatMul: matMul,
  Gemm: matMul,
  FusedGemm: matMul,
  QGemm: matMul,
  MatMulNBits: packedMatMul,
  MatMulBnb4: packedMatMul,
  Einsum: einsum,
  LSTM: recurrent(4),
  DynamicQuantizeLSTM: recurrent(4),
  GRU: recurrent(3),
  RNN: recurrent(1),
  Attention: attention,
  MultiHeadAttention: attention,
  GroupQueryAttention: attention,
};
