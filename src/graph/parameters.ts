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
  QLinearConv: [3, 8], QLinearMatMul: [0, 3], QGemm: [0, 3, 6], ConvInteger: [1], MatMulInteger: [0, 1], MatMulIntegerToFloat: [0, 1], DynamicQuantizeMatMul: [1],
  DynamicQuantizeLSTM: [1, 2], GatherBlockQuantized: [0],
};

/**
 * How many parameters a constant adds at the input where it is first used.
 * - Float initializers count with all their elements, whatever they are used for, except the running statistics of batch
 *   normalization; so do the constants of Constant nodes, except settings (bounds of a Clip, scales of a Resize) and
 *   single values that arithmetic uses (the 0.5 of a GELU).
 * - Codes of quantized weights count as the weights that they stand for; scales and zero points do not.
 */
export function parametersOf(step: Step, input: number, constant: StoredConstant): number {
  const { op } = step.node;
  const { tensor, node } = constant;
  if (QUANTIZATION[op]?.includes(input) === true || STATISTICS[op]?.includes(input) === true) return 0;
  if (op === 'MatMulNBits' && input === 1) return intAttribute(step, 'K') * intAttribute(step, 'N');
  const count = elementCount(tensor.dims);
  if (constant.quantized || CODES[op]?.includes(input) === true) return count;
  if (!isFloatingPoint(tensor.dataType)) return 0;
  if (node === null) return count;
  return SETTINGS[op]?.includes(input) === true || (count <= 1 && ARITHMETIC.has(op)) ? 0 : count;
}

const ARITHMETIC: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Mod', 'Where', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Sum', 'Expand', 'Concat']);

/** Bytes that a tensor's elements take in the file. */
export function storedBytes(tensor: Tensor): number {
  const { storage } = tensor;
  return storage.kind === 'external' ? storage.length : packedByteLength(tensor.dataType, elementCount(tensor.dims));
}

function intAttribute(step: Step, name: string): number {
  const attribute = step.node.attributes.get(name);
  return attribute?.kind === 'int' ? attribute.value : 0;
}
