import type { Dim } from '../dim';
import { add, multiply, product } from '../dim';
import { attentionCore } from '../shapes/attention';
import { readEquation, transposedIf } from '../shapes/matrix';
import { readRecurrence } from '../shapes/recurrent';
import type { Dims } from '../value';
import type { ProductRule, ProductRules, Term } from './rule';
import { factor, inputElements, outputElements } from './rule';

const NOTHING: readonly Term[] = [];

/** C/g × kernel of a weight [M, C/g, kernel…]. */
const kernelOf = (weight: Dims): Term => [factor('channelsPerGroup', weight[1] ?? 1), factor('kernelElements', product(weight.slice(2)))];

/** output × (C/g × kernel): every output value is the sum of so many products. */
function convolution(weightInput: number): ProductRule {
  return (call, outputs) => {
    const weight = call.shape(weightInput);
    const output = outputElements(outputs);
    return weight && output && [[output, ...kernelOf(weight)]];
  };
}

/** input × (M/g × kernel): every input value is spread over so many outputs. */
const transposedConvolution: ProductRule = (call) => {
  const weight = call.shape(1);
  const input = inputElements(call, 0);
  return weight && input && [[input, ...kernelOf(weight)]];
};

/** output × K, K being the last axis of A. */
const matMul: ProductRule = (call, outputs) => {
  const a = call.shape(0);
  const output = outputElements(outputs);
  return a && output && [[output, factor('sharedAxis', transposedIf(a, call.int('transA', 0) !== 0).at(-1) ?? 1)]];
};

const packedMatMul: ProductRule = (call) => {
  const a = inputElements(call, 0);
  return a && [[a, factor('outputColumns', call.int('N', 0))]];
};

/** The product of all labels' extents; a single operand is only summed. */
const einsum: ProductRule = (call) => {
  const equation = readEquation(call);
  if (equation === null) return null;
  return equation.operands.length > 1 ? [[factor('allLabels', product([...equation.extents.values()]))]] : NOTHING;
};

/** steps × batch × directions × gates × H × (I + H). */
function recurrent(gates: number): ProductRule {
  return (call) => {
    const recurrence = readRecurrence(call);
    if (recurrence === null) return null;
    const { steps, batch, inputSize, hiddenSize, directions } = recurrence;
    return [[
      factor('steps', steps), factor('batch', batch), factor('directions', directions),
      factor('gateValues', multiply(hiddenSize, gates)), factor('inputAndHidden', add(inputSize, hiddenSize)),
    ]];
  };
}

/** heads × queries × keys × (width of Q·K + width of V), and the fused projection where there is one. */
const attention: ProductRule = (call) => {
  const core = attentionCore(call);
  if (core === null) return null;
  const { batch, heads, queries, keys, qkWidth, vWidth, projection } = core;
  const scores: Term = [factor('batch', batch), factor('heads', heads), factor('queries', queries), factor('keys', keys), factor('headWidths', add(qkWidth, vWidth))];
  if (projection === 0) return [scores];
  const width: Dim = call.shape(1)?.[1] ?? 0;
  return [[factor('batch', batch), factor('queries', queries), factor('hiddenWidth', projection), factor('projectedWidth', width)], scores];
};

/** Strict multiply-accumulates of the operators that have any. */
export const PRODUCTS: ProductRules = {
  Conv: convolution(1),
  FusedConv: convolution(1),
  ConvInteger: convolution(1),
  QLinearConv: convolution(3),
  DeformConv: convolution(1),
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

/** onnx-tool multiplies every output of a transposed convolution with M/g × kernel, which is more than the operator does where strides leave gaps. */
export const INSTRUCTION_PRODUCTS: ProductRules = { ...PRODUCTS, ConvTranspose: convolution(1) };
