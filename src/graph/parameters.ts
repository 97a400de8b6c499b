import { isFloatingPoint, packedByteLength } from '../onnx/dtypes';
import type { Tensor } from '../onnx/model';
import { elementCount } from './constants';
import type { Step } from './step';
import type { StoredConstant } from './value';

/** Inputs that set how an operator works rather than what it has learned: their floats are not parameters. */
const SETTINGS: Readonly<Record<string, readonly number[]>> = {
  Clip: [1, 2], Dropout: [1, 2], OneHot: [1, 2], Pad: [1, 2], Pow: [1], Range: [0, 1, 2], Resize: [1, 2, 3], Upsample: [1], NonMaxSuppression: [2, 3, 4],
};

/** Scales and zero points: they describe codes and are counted in bytes only. */
const QUANTIZATION: Readonly<Record<string, readonly number[]>> = {
  QuantizeLinear: [1, 2], DequantizeLinear: [1, 2], QLinearConv: [1, 2, 4, 5, 6, 7], QLinearMatMul: [1, 2, 4, 5, 6, 7], QGemm: [1, 2, 4, 5, 7, 8],
  ConvInteger: [2, 3], MatMulInteger: [2, 3], MatMulIntegerToFloat: [2, 3, 4, 5], DynamicQuantizeMatMul: [2, 3], MatMulNBits: [2, 3], DynamicQuantizeLSTM: [8, 9, 10, 11],
  GatherBlockQuantized: [2, 3], QLinearAdd: [1, 2, 4, 5, 6, 7], QLinearMul: [1, 2, 4, 5, 6, 7],
};

/** Running mean and variance: measured, not learned, and what frameworks call buffers. They count in bytes only. */
const STATISTICS: Readonly<Record<string, readonly number[]>> = { BatchNormalization: [3, 4] };

/** Inputs that hold codes of weights. */
const CODES: Readonly<Record<string, readonly number[]>> = {
  QLinearConv: [3, 8], QLinearMatMul: [0, 3], QGemm: [0, 3, 6], ConvInteger: [1], MatMulInteger: [0, 1], MatMulIntegerToFloat: [0, 1], DynamicQuantizeMatMul: [1], MatMulNBits: [1],
  DynamicQuantizeLSTM: [1, 2], GatherBlockQuantized: [0],
};

/** What a constant is to the operator that first uses it. */
export type ConstantRole =
  /** Learned values: weights, biases, tables. */
  | 'parameter'
  /** Codes of quantized weights. */
  | 'codes'
  /** Scales and zero points. */
  | 'scale'
  /** Running mean and variance. */
  | 'statistic'
  /** Bounds, factors and single values of arithmetic. */
  | 'setting'
  /** Which tokens see which. */
  | 'mask'
  /** Integers, text: shapes, indices, lengths. */
  | 'data';

/**
 * The role of a constant, from where it is used and how it is stored.
 * - Floats are parameters but for running statistics of batch normalization, settings (bounds of a Clip, scales of a
 *   Resize), single values of Constant nodes that arithmetic uses (the 0.5 of a GELU), and causal masks.
 * - Codes of quantized weights stand for weights; scales and zero points do not.
 */
export function roleOf(step: Step, input: number, constant: StoredConstant): ConstantRole {
  const { op } = step.node;
  const { tensor, node } = constant;
  if (QUANTIZATION[op]?.includes(input) === true) return 'scale';
  if (constant.quantized || CODES[op]?.includes(input) === true) return 'codes';
  if (!isFloatingPoint(tensor.dataType)) return 'data';
  if (STATISTICS[op]?.includes(input) === true) return 'statistic';
  if (SETTINGS[op]?.includes(input) === true) return 'setting';
  if (node !== null && elementCount(tensor.dims) <= 1 && ARITHMETIC.has(op)) return 'setting';
  return ARITHMETIC.has(op) && isCausalMask(tensor.dims) ? 'mask' : 'parameter';
}

/** Elements that a constant stands for: its own, but those of packed codes are counted one by one. */
export function logicalElements(step: Step, input: number, { tensor }: StoredConstant): number {
  return step.node.op === 'MatMulNBits' && input === 1 ? intAttribute(step, 'K') * intAttribute(step, 'N') : elementCount(tensor.dims);
}

/** [1, 1, L, L]: one square for all samples and heads. Learned position tables are narrower, and learned score biases have heads. */
function isCausalMask(dims: readonly number[]): boolean {
  return dims.length >= 4 && dims.at(-1)! > 1 && dims.at(-1) === dims.at(-2) && dims.slice(0, -2).every((dim) => dim === 1);
}

const ARITHMETIC: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Mod', 'Where', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Sum', 'Expand', 'Concat', 'Slice']);

/** Bytes that a tensor's elements take in the file. */
export function storedBytes(tensor: Tensor): number {
  const { storage } = tensor;
  return storage.kind === 'external' ? storage.length : packedByteLength(tensor.dataType, elementCount(tensor.dims));
}

function intAttribute(step: Step, name: string): number {
  const attribute = step.node.attributes.get(name);
  return attribute?.kind === 'int' ? attribute.value : 0;
}
