import { bitsPerElement, isFloatingPoint } from '../../onnx/dtypes';
import type { DataType } from '../../onnx/dtypes';
import type { Step } from '../step';
import type { Value } from '../value';
import { isConversion } from './conversion';
import { isCodeTable, logicalOperator } from './operators';

/**
 * Which layer an operator serves that only turns numbers into another format.
 * - `before`: the one that reads its output (DequantizeLinear).
 * - `after`: the one that made its input (QuantizeLinear).
 * - `constant`: the one whose weights it prepares.
 */
export type HelperRole = 'before' | 'after' | 'constant';

/** The role of a step; null for operators that are layers of their own. */
export function helperRole({ node }: Step, inputs: readonly (Value | null)[], outputs: readonly Value[]): HelperRole | null {
  const { domain, op } = node;
  if (isConversion(node)) return outputs[0]?.constant ? 'constant' : op === 'QuantizeLinear' ? 'after' : 'before';
  if (domain !== '') return null;
  switch (op) {
    case 'DynamicQuantizeLinear':
      return 'before';
    case 'Cast':
      return castRole(inputs[0] ?? null, outputs[0] ?? null);
    case 'Sub':
    case 'Mul':
      return outputs[0]?.constant?.quantized === true ? 'constant' : null;
    case 'Gather':
      // Only one that repeats scales or zero points has a constant output.
      return outputs[0]?.constant ? 'constant' : null;
    case 'Reshape':
      // Of a float model, a Reshape of weights is a row; this one only ends the product of codes and scales.
      return outputs[0]?.constant?.quantized === true && inputs[0]?.producer?.node.op === 'Mul' ? 'constant' : null;
    default:
      return null;
  }
}

/** Between single and half precision a Cast is a helper: to half it ends a layer in single precision, from half it begins one. */
function castRole(input: Value | null, output: Value | null): HelperRole | null {
  if (input === null || output === null || !(isHalf(input.dataType) ? isSingleOrHalf(output.dataType) : input.dataType === 'float' && isHalf(output.dataType))) return null;
  if (input.constant !== null) return 'constant';
  return isHalf(output.dataType) ? 'after' : 'before';
}

export function isHalf(type: DataType): boolean {
  return bitsPerElement(type) === 16 && isFloatingPoint(type);
}

function isSingleOrHalf(type: DataType): boolean {
  return type === 'float' || isHalf(type);
}

/** True for a step whose operands say in what format it computes, so that they have to be kept until rows are made. */
export function hasFormats(step: Step, inputs: readonly (Value | null)[], role: HelperRole | null): boolean {
  if (role !== null || logicalOperator(step.node) !== undefined) return true;
  for (const value of inputs) if (value !== null && isFormatted(value)) return true;
  const table = inputs[0]?.constant?.tensor;
  return table !== undefined && isCodeTable(step.node, 0, table);
}

function isFormatted({ dataType, constant, producer }: Value): boolean {
  if (isHalf(dataType) || constant?.quantized === true) return true;
  if (producer === null) return false;
  const { op } = producer.node;
  return op === 'DynamicQuantizeLinear' || op === 'Cast' || isConversion(producer.node);
}
