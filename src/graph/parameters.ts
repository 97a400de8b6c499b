import { isFloatingPoint, packedByteLength } from '../onnx/dtypes';
import type { Tensor } from '../onnx/model';
import { elementCount } from './constants';
import { isConversion } from './logical/conversion';
import { countOf, describesCodes, holdsCodes, isCodeTable, logicalOperator } from './logical/operators';
import type { Step } from './step';
import type { StoredConstant } from './value';

/** Inputs that set how an operator works rather than what it has learned: their floats are not parameters. */
const SETTINGS: Readonly<Record<string, readonly number[]>> = {
  Clip: [1, 2], Dropout: [1, 2], OneHot: [1, 2], Pad: [1, 2], Pow: [1], Range: [0, 1, 2], Resize: [1, 2, 3], Upsample: [1], NonMaxSuppression: [2, 3, 4],
};

/** Scale and zero point of an operator that converts. */
const CONVERSION_SETTINGS: readonly number[] = [1, 2];

/** Running mean and variance: measured, not learned, and what frameworks call buffers. They count in bytes only. */
const STATISTICS: Readonly<Record<string, readonly number[]>> = { BatchNormalization: [3, 4] };

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
  const operator = logicalOperator(step.node);
  if (isConversion(step.node) ? CONVERSION_SETTINGS.includes(input) : operator !== undefined && describesCodes(operator, input)) return 'scale';
  if (constant.quantized || (operator !== undefined && holdsCodes(operator, input)) || isCodeTable(step.node, input, tensor)) return 'codes';
  if (!isFloatingPoint(tensor.dataType)) return 'data';
  if (STATISTICS[op]?.includes(input) === true) return 'statistic';
  if (SETTINGS[op]?.includes(input) === true) return 'setting';
  if (node !== null && elementCount(tensor.dims) <= 1 && ARITHMETIC.has(op)) return 'setting';
  return ARITHMETIC.has(op) && isCausalMask(tensor.dims) ? 'mask' : 'parameter';
}

/** Elements that a constant stands for: its own, but those of packed codes are counted one by one. */
export function logicalElements(step: Step, input: number, { dims, dataType }: Tensor): number {
  const { op } = step.node;
  if (op === 'MatMulNBits' && input === 1) return (countOf(step.node, 'K') ?? 0) * (countOf(step.node, 'N') ?? 0);
  const count = elementCount(dims);
  return op === 'GatherBlockQuantized' && input === 0 && dataType === 'uint8' ? count * Math.floor(8 / (countOf(step.node, 'bits') ?? 4)) : count;
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
