import type { Dim } from '../dim';
import { add, floorDivide, multiply, product } from '../dim';
import { attentionCore } from '../shapes/attention';
import { readEquation, transposedIf } from '../shapes/matrix';
import { readRecurrence } from '../shapes/recurrent';
import { linearAttentionCore } from '../shapes/streaming';
import type { Dims } from '../value';
import { CLASSICAL_PRODUCTS } from './classical';
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
  // Packed tokens are counted, without padding.
  const tokens = call.shape(0)?.length === 2 ? [factor('rows', call.shape(0)![0]!)] : [factor('batch', batch), factor('queries', queries)];
  return [[...tokens, factor('hiddenWidth', projection), factor('projectedWidth', width)], scores];
};

/** Every key and value goes into the state, every query multiplies it; the delta rules read it once more for each key. */
const linearAttention: ProductRule = (call) => {
  const core = linearAttentionCore(call);
  if (core === null) return null;
  const { batch, steps, heads, kvHeads, keyWidth, valueWidth } = core;
  const reads = call.text('update_rule', 'linear').endsWith('delta') ? 2 : 1;
  return [[factor('batch', batch), factor('steps', steps), factor('heads', heads + reads * kvHeads), factor('headWidths', multiply(keyWidth, valueWidth))]];
};

/** Each token goes through k experts: hidden × inner of the first layer (both halves where it is gated), inner × hidden of the second, and of a third. */
const experts = (first: number, third: number): ProductRule => (call) => {
  const x = call.shape(0);
  const weight = call.shape(first);
  if (x === null || weight === null) return null;
  const [hidden, columns] = [x.at(-1) ?? 1, weight[1] ?? 1];
  const fused = call.int('swiglu_fusion', 0) !== 0;
  const inner = fused ? floorDivide(columns, 2) : columns;
  const layers = add(add(columns, inner), call.has(third) ? inner : 0);
  return [[factor('rows', product(x.slice(0, -1))), factor('experts', call.int('k', 1)), factor('hiddenWidth', hidden), factor('projectedWidth', layers)]];
};

const severalPacked = (...columns: readonly string[]): ProductRule => (call) => {
  const a = inputElements(call, 0);
  return a && [[a, factor('outputColumns', columns.reduce((sum, name) => sum + call.int(name, 0), 0))]];
};

/** B is stored as [N, K], maybe several codes to a byte. */
const rowsPacked: ProductRule = (call) => {
  const a = inputElements(call, 0);
  const b = call.shape(1);
  return a && b && [[a, factor('outputColumns', b[0] ?? 1)]];
};

/** n³ for each matrix [.., n, n]. */
const inverse: ProductRule = (call) => {
  const x = inputElements(call, 0);
  return x && [[x, factor('sharedAxis', call.shape(0)?.at(-1) ?? 1)]];
};

/** Every element of the streams is weighed once. */
const weighed: ProductRule = (call) => {
  const streams = inputElements(call, 0);
  return streams && [[streams]];
};

/** Every stream gets its part of the block's output, and of all streams where a matrix mixes them. */
const mixed: ProductRule = (call) => {
  const streams = inputElements(call, 0);
  const mix = call.has(3) ? call.shape(3) : [0];
  return streams && mix && [[streams, factor('sharedAxis', add(mix.at(-1) ?? 0, 1))]];
};

/** Strict multiply-accumulates of the operators that have any. */
export const PRODUCTS: ProductRules = {
  Conv: convolution(1),
  FusedConv: convolution(1),
  NhwcConv: convolution(1),
  NhwcFusedConv: convolution(1),
  CausalConvWithState: convolution(1),
  ConvInteger: convolution(1),
  QLinearConv: convolution(3),
  DeformConv: convolution(1),
  ConvTranspose: transposedConvolution,
  ConvTransposeWithDynamicPads: transposedConvolution,
  MatMul: matMul,
  MatMulInteger: matMul,
  MatMulIntegerToFloat: matMul,
  DynamicQuantizeMatMul: matMul,
  FusedMatMul: matMul,
  TransposeMatMul: matMul,
  FusedMatMulActivation: matMul,
  SparseToDenseMatMul: matMul,
  // A distance is a sum over the features as a product is.
  CDist: matMul,
  MatMulInteger16: matMul,
  MatMulFpQ4: matMul,
  GemmFastGelu: matMul,
  GemmFloat8: matMul,
  QLinearMatMul: matMul,
  Gemm: matMul,
  FusedGemm: matMul,
  QGemm: matMul,
  MatMulNBits: packedMatMul,
  MatMulBnb4: packedMatMul,
  MatMulBlockQuantizedFp4Weight: rowsPacked,
  MatMulBlockQuantizedFp8Weight: rowsPacked,
  MatMulNBitsMlp: severalPacked('N', 'N'),
  MatMulNBitsQkv: severalPacked('Nq', 'Nkv', 'Nkv'),
  MoE: experts(2, 6),
  QMoE: experts(2, 8),
  Einsum: einsum,
  LSTM: recurrent(4),
  DynamicQuantizeLSTM: recurrent(4),
  GRU: recurrent(3),
  RNN: recurrent(1),
  Attention: attention,
  MultiHeadAttention: attention,
  GroupQueryAttention: attention,
  FlexAttention: attention,
  SparseAttention: attention,
  PagedAttention: attention,
  QAttention: attention,
  PackedAttention: attention,
  PackedMultiHeadAttention: attention,
  DecoderMaskedSelfAttention: attention,
  DecoderMaskedMultiHeadAttention: attention,
  LinearAttention: linearAttention,
  Inverse: inverse,
  HyperConnectionPreMix: weighed,
  HyperConnectionPostMix: mixed,
  ...CLASSICAL_PRODUCTS,
};

/** onnx-tool multiplies every output of a transposed convolution with M/g × kernel, which is more than the operator does where strides leave gaps. */
export const INSTRUCTION_PRODUCTS: ProductRules = { ...PRODUCTS, ConvTranspose: convolution(1) };
