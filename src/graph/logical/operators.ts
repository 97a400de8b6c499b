import type { DataType } from '../../onnx/dtypes';
import type { Node, Tensor } from '../../onnx/model';
import { intOf } from '../attributes';
import type { LogicalForm } from '../layer';

/** An input of codes and the inputs that say what they mean; null where the operator has none. */
export interface CodedInput {
  readonly codes: number;
  readonly scale: number | null;
  readonly zeroPoint: number | null;
}

/** An operator that works on codes, packs weights itself, or is several float operators in one. */
export interface LogicalOperator {
  readonly form: LogicalForm;
  /** The float operators that a node of it does the work of, the main one first. */
  readonly standsFor: (node: Node) => readonly string[];
  readonly coded: readonly CodedInput[];
  /** An int32 bias, whose scale is the product of the others. */
  readonly bias: number | null;
  /** Inputs that hold scale and zero point of the output. */
  readonly output: { readonly scale: number; readonly zeroPoint: number } | null;
}

const coded = (codes: number, scale: number | null, zeroPoint: number | null): CodedInput => ({ codes, scale, zeroPoint });

type Rest = Partial<Pick<LogicalOperator, 'bias' | 'output'>>;

const operator = (form: LogicalForm, standsFor: LogicalOperator['standsFor'], inputs: readonly CodedInput[], rest: Rest = {}): LogicalOperator => ({
  form, standsFor, coded: inputs, bias: null, output: null, ...rest,
});

/** Stands for one float operator, whatever its attributes. */
const as = (op: string) => (): readonly string[] => [op];

/** An Add comes with it when the input of the bias is given. */
const withBias = (op: string, bias: number) => ({ inputs }: Node): readonly string[] => ((inputs[bias] ?? '') === '' ? [op] : [op, 'Add']);

/** x, its scale and zero point; those of the output. */
const unary = (op: string): LogicalOperator => operator('integer', as(op), [coded(0, 1, 2)], { output: { scale: 3, zeroPoint: 4 } });

/** Two operands with their scales and zero points; those of the output. */
const binary = (op: string): LogicalOperator => operator('integer', as(op), [coded(0, 1, 2), coded(3, 4, 5)], { output: { scale: 6, zeroPoint: 7 } });

const fused = (standsFor: LogicalOperator['standsFor']): LogicalOperator => operator('fused', standsFor, []);

/** A convolution, the sum with another value where there is one, and the activation. */
const fusedConvolution = ({ inputs, attributes }: Node): readonly string[] => {
  const activation = attributes.get('activation');
  return ['Conv', ...((inputs[3] ?? '') === '' ? [] : ['Add']), ...(activation?.kind === 'string' && activation.value !== '' ? [activation.value] : [])];
};

const fusedGemm = ({ attributes }: Node): readonly string[] => {
  const activation = attributes.get('activation');
  return activation?.kind === 'string' && activation.value !== '' ? ['Gemm', activation.value] : ['Gemm'];
};

const OPERATORS: ReadonlyMap<string, LogicalOperator> = new Map([
  ['QLinearConv', operator('integer', as('Conv'), [coded(0, 1, 2), coded(3, 4, 5)], { bias: 8, output: { scale: 6, zeroPoint: 7 } })],
  ['QLinearMatMul', binary('MatMul')],
  ['QGemm', operator('integer', as('Gemm'), [coded(0, 1, 2), coded(3, 4, 5)], { bias: 6, output: { scale: 7, zeroPoint: 8 } })],
  ['QLinearAdd', binary('Add')],
  ['QLinearMul', binary('Mul')],
  ['QLinearSigmoid', unary('Sigmoid')],
  ['QLinearLeakyRelu', unary('LeakyRelu')],
  ['QLinearSoftmax', unary('Softmax')],
  ['QLinearAveragePool', unary('AveragePool')],
  ['QLinearGlobalAveragePool', unary('GlobalAveragePool')],
  ['QLinearReduceMean', unary('ReduceMean')],
  ['QLinearWhere', operator('integer', as('Where'), [coded(1, 2, 3), coded(4, 5, 6)], { output: { scale: 7, zeroPoint: 8 } })],
  ['QLinearConcat', operator('integer', as('Concat'), [], { output: { scale: 0, zeroPoint: 1 } })],
  ['ConvInteger', operator('dynamic', as('Conv'), [coded(0, null, 2), coded(1, null, 3)])],
  ['MatMulInteger', operator('dynamic', as('MatMul'), [coded(0, null, 2), coded(1, null, 3)])],
  ['MatMulIntegerToFloat', operator('dynamic', withBias('MatMul', 6), [coded(0, 2, 4), coded(1, 3, 5)])],
  ['DynamicQuantizeMatMul', operator('dynamic', withBias('MatMul', 4), [coded(1, 2, 3)])],
  ['DynamicQuantizeLSTM', operator('dynamic', as('LSTM'), [coded(1, 8, 9), coded(2, 10, 11)])],
  ['QAttention', operator('integer', as('Attention'), [coded(0, 3, 6), coded(1, 4, 7)])],
  ['MatMulNBits', operator('packed', withBias('MatMul', 5), [coded(1, 2, 3)])],
  ['GatherBlockQuantized', operator('packed', as('Gather'), [coded(0, 2, 3)])],
  ['FusedConv', fused(fusedConvolution)],
  ['FusedGemm', fused(fusedGemm)],
  ['FusedMatMul', fused(as('MatMul'))],
  ['TransposeMatMul', fused(as('MatMul'))],
  ['BiasGelu', fused(() => ['Gelu', 'Add'])],
  ['FastGelu', fused(withBias('Gelu', 1))],
  ['QuickGelu', fused(() => ['Mul', 'Sigmoid'])],
  ['BiasSoftmax', fused(() => ['Softmax', 'Add'])],
  ['SkipLayerNormalization', fused(() => ['LayerNormalization', 'Add'])],
  ['SkipSimplifiedLayerNormalization', fused(() => ['SimplifiedLayerNormalization', 'Add'])],
  ['EmbedLayerNormalization', fused(() => ['LayerNormalization', 'Gather', 'Add'])],
]);

/** Operators that compute activations' scales themselves: what goes in is float, and codes only inside. */
export const QUANTIZES_ITS_INPUT: ReadonlySet<string> = new Set(['DynamicQuantizeMatMul', 'DynamicQuantizeLSTM']);

/** Operators that onnxruntime's optimizer writes for one kind of processor: images and filters in blocks of channels. */
export const BLOCKED_DOMAIN = 'com.microsoft.nchwc';

/** Its convolutions take an activation and a sum in, as FusedConv does. */
const BLOCKED_CONVOLUTION = fused(fusedConvolution);

/** What a node's operator stands for; undefined for plain float operators. */
export function logicalOperator({ domain, op, inputs }: Node): LogicalOperator | undefined {
  if (domain === BLOCKED_DOMAIN) return op === 'Conv' ? BLOCKED_CONVOLUTION : undefined;
  const found = domain === '' || domain === 'com.microsoft' ? OPERATORS.get(op) : undefined;
  return found !== undefined && op === 'QLinearConcat' ? { ...found, coded: joinedInputs(inputs.length) } : found;
}

/** After scale and zero point of the output: value, scale and zero point of each part. */
function joinedInputs(count: number): readonly CodedInput[] {
  return Array.from({ length: Math.floor((count - 2) / 3) }, (_, part) => coded(2 + 3 * part, 3 + 3 * part, 4 + 3 * part));
}

/** What one code takes: packed operators store several in each byte. */
export function codeTypeOf(node: Node, stored: DataType): DataType {
  const bits = countOf(node, 'bits') ?? (node.op === 'MatMulNBits' ? 4 : null);
  return stored === 'uint8' && (bits === 2 || bits === 4) ? `uint${bits}` : stored;
}

/** A positive whole number among the attributes; null for none. */
export function countOf(node: Node, name: string): number | null {
  const value = intOf(node, name, 0);
  return value > 0 ? value : null;
}

/** True for an input that holds the codes of weights or of a bias. */
export function holdsCodes({ coded: inputs, bias }: LogicalOperator, input: number): boolean {
  return bias === input || inputs.some(({ codes }) => codes === input);
}

/** True for an input that holds scales or zero points. */
export function describesCodes({ coded: inputs, output }: LogicalOperator, input: number): boolean {
  return inputs.some(({ scale, zeroPoint }) => input === scale || input === zeroPoint) || output?.scale === input || output?.zeroPoint === input;
}

/** True for a constant of codes that a Gather looks up, for a DequantizeLinear behind it. Small integers of higher rank serve nothing else there. */
export function isCodeTable({ domain, op }: Node, input: number, { dataType, dims }: Tensor): boolean {
  return op === 'Gather' && domain === '' && input === 0 && dims.length >= 2 && CODE_TYPES.has(dataType);
}

const CODE_TYPES: ReadonlySet<DataType> = new Set<DataType>(['int8', 'uint8', 'int4', 'uint4', 'int2', 'uint2']);
