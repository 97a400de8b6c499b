import type { DataType } from '../onnx/dtypes';
import { intOf } from './attributes';
import { partsOf, storedAxis } from './carry';
import { elementCount } from './constants';
import { parseEquation } from './equation';
import { BLOCKED_DOMAIN, codeTypeOf, holdsCodes, isCodeTable, logicalOperator } from './logical/operators';
import type { Step } from './step';
import type { StoredConstant, Value } from './value';

/** An input that holds weights, with the axes of the value as the operator sees it. */
interface WeightInput {
  readonly input: number;
  readonly channelAxis: number;
  readonly blockAxis: number;
}

type WeightRule = (step: Step, inputs: readonly (Value | null)[]) => readonly WeightInput[];

/** Axes of a stored tensor along which a scheme may group its values, or why it cannot be quantized. */
export interface QuantizableWeight {
  readonly input: number;
  readonly constant: StoredConstant;
  readonly channelAxis: number;
  readonly blockAxis: number;
  readonly obstacle: string | null;
}

const fixed = (input: number, channelAxis: number, blockAxis: number): WeightRule => () => [{ input, channelAxis, blockAxis }];

const isSet = ({ node }: Step, name: string): boolean => intOf(node, name, 0) !== 0;

const rankOf = (inputs: readonly (Value | null)[], input: number): number => inputs[input]?.shape?.length ?? 0;

/** A [.., M, K] × B [.., K, N]: one scale for each row of A, each column of B; blocks run along K. */
function matrices(first: number, second: number): WeightRule {
  return (step, inputs) => {
    const [rankA, rankB] = [rankOf(inputs, first), rankOf(inputs, second)];
    const [transA, transB] = [isSet(step, 'transA'), isSet(step, 'transB')];
    return [
      { input: second, channelAxis: transB ? rankB - 2 : rankB - 1, blockAxis: transB ? rankB - 1 : rankB - 2 },
      { input: first, channelAxis: transA ? rankA - 1 : rankA - 2, blockAxis: transA ? rankA - 2 : rankA - 1 },
    ];
  };
}

/** A table of rows: one scale for each entry of the looked-up axis; blocks run along the last axis. */
const gather: WeightRule = (step, inputs) => {
  const value = inputs[0] ?? null;
  const table = value?.constant?.tensor;
  // Gather also serves shape arithmetic; integers are data there, not weights.
  if (value === null || (!QUANTIZABLE.has(value.dataType) && (table === undefined || !isCodeTable(step.node, 0, table)))) return [];
  const rank = rankOf(inputs, 0);
  const axis = intOf(step.node, 'axis', 0);
  return [{ input: 0, channelAxis: axis < 0 ? axis + rank : axis, blockAxis: rank - 1 }];
};

/** W [directions, gates × H, I] and R [directions, gates × H, H]. */
const recurrent: WeightRule = () => [
  { input: 1, channelAxis: 1, blockAxis: 2 },
  { input: 2, channelAxis: 1, blockAxis: 2 },
];

/** As LSTM's, with the last two axes swapped. */
const recurrentTransposed: WeightRule = () => [
  { input: 1, channelAxis: 2, blockAxis: 1 },
  { input: 2, channelAxis: 2, blockAxis: 1 },
];

/** Tables for words, positions and segments. */
const embeddings: WeightRule = () => [2, 3, 4].map((input) => ({ input, channelAxis: 0, blockAxis: 1 }));

/**
 * A constant operand of a product. Its channels run along its last label that the output keeps, one that no other operand
 * has before one that only counts batches; blocks run along its last label that is summed over. Without such a label it
 * scales or moves values and is no weight.
 */
const einsum: WeightRule = (step, inputs) => {
  const equation = step.node.attributes.get('equation');
  const labels = equation?.kind === 'string' ? parseEquation(equation.value, inputs.map((_, input) => rankOf(inputs, input))) : '';
  if (typeof labels === 'string') return [];
  return labels.operands.flatMap((own, input) => {
    const elsewhere = new Set(labels.operands.filter((_, other) => other !== input).flat());
    const blockAxis = own.findLastIndex((label) => !labels.output.includes(label) && elsewhere.has(label));
    const free = own.findLastIndex((label) => labels.output.includes(label) && !elsewhere.has(label));
    const channelAxis = free >= 0 ? free : own.findLastIndex((label) => labels.output.includes(label));
    return blockAxis < 0 ? [] : [{ input, channelAxis, blockAxis }];
  });
};

const RULES: ReadonlyMap<string, WeightRule> = new Map([
  ['Conv', fixed(1, 0, 1)],
  ['FusedConv', fixed(1, 0, 1)],
  ['ConvInteger', fixed(1, 0, 1)],
  ['DeformConv', fixed(1, 0, 1)],
  ['QLinearConv', fixed(3, 0, 1)],
  ['ConvTranspose', fixed(1, 1, 0)],
  ['Gemm', matrices(0, 1)],
  ['FusedGemm', matrices(0, 1)],
  ['QGemm', matrices(0, 3)],
  ['MatMul', matrices(0, 1)],
  ['FusedMatMul', matrices(0, 1)],
  ['TransposeMatMul', matrices(0, 1)],
  ['MatMulInteger', matrices(0, 1)],
  ['MatMulIntegerToFloat', matrices(0, 1)],
  ['DynamicQuantizeMatMul', matrices(0, 1)],
  ['QLinearMatMul', matrices(0, 3)],
  ['MatMulNBits', fixed(1, 0, 1)],
  ['Einsum', einsum],
  ['Gather', gather],
  ['GatherBlockQuantized', fixed(0, 0, 1)],
  ['LSTM', recurrent],
  ['GRU', recurrent],
  ['RNN', recurrent],
  ['DynamicQuantizeLSTM', recurrentTransposed],
  ['Attention', fixed(1, 1, 0)],
  ['QAttention', fixed(1, 1, 0)],
  ['EmbedLayerNormalization', embeddings],
]);

const DOMAINS: ReadonlySet<string> = new Set(['', 'com.microsoft', BLOCKED_DOMAIN]);

const NONE: readonly never[] = [];

/** Element types that can be quantized. */
const QUANTIZABLE: ReadonlySet<DataType> = new Set<DataType>(['float', 'float16', 'bfloat16', 'double']);

/** The weights of an operator: constants at the inputs that it multiplies with or looks up in, in the order of the inputs. */
export function weightsOf(step: Step, inputs: readonly (Value | null)[]): readonly QuantizableWeight[] {
  const { domain, op } = step.node;
  const rule = RULES.get(op);
  if (rule === undefined || !DOMAINS.has(domain) || (op === 'Attention' && domain === '')) return NONE;
  const operator = logicalOperator(step.node);
  const found = rule(step, inputs).flatMap((weight) => {
    const constant = inputs[weight.input]?.constant ?? null;
    if (constant === null) return [];
    const isCodes = (operator !== undefined && holdsCodes(operator, weight.input)) || isCodeTable(step.node, weight.input, constant.tensor);
    const obstacle = domain === BLOCKED_DOMAIN ? 'its layout is made for one kind of processor' : null;
    return partsOf(constant).map((part) => withStoredAxes(weight, obstacle === null ? part : { ...part, obstacle }, isCodes || part.quantized ? codeTypeOf(step.node, part.tensor.dataType) : null));
  });
  return found.length > 1 ? found.sort((a, b) => a.input - b.input) : found;
}

/** Where a stored tensor has no axis that is the operator's: then one scale for the whole tensor is all that it can have. */
const MIXED_AXIS = -1;

function withStoredAxes({ input, channelAxis, blockAxis }: WeightInput, constant: StoredConstant, codes: DataType | null): QuantizableWeight {
  const channel = storedAxis(constant, channelAxis);
  const block = storedAxis(constant, blockAxis);
  return { input, constant, channelAxis: channel ?? MIXED_AXIS, blockAxis: block ?? MIXED_AXIS, obstacle: obstacleOf(constant, channelAxis, blockAxis, codes) };
}

/** Why a tensor cannot be quantized, as a sentence part; null when it can. `codes`: the type of its codes, when it holds some. */
function obstacleOf({ tensor, obstacle }: StoredConstant, channelAxis: number, blockAxis: number, codes: DataType | null): string | null {
  const { dataType, dims } = tensor;
  if (obstacle !== null) return obstacle;
  if (codes !== null) return QUANTIZABLE.has(codes) ? 'the model quantizes it when it runs' : `it is already quantized (${codes})`;
  if (!QUANTIZABLE.has(dataType)) return `its type is ${dataType}`;
  if (elementCount(dims) === 0) return 'it has no elements';
  if (elementCount(dims) === 1) return 'it holds a single value';
  if (channelAxis < 0 || blockAxis < 0) return 'it is a vector, which has no channels';
  return null;
}
