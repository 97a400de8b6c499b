import type { LayerKernel } from '../jobs/records';

/** Operators of an optimized model that multiply codes. */
export const INTEGER_OPERATORS: ReadonlySet<string> = new Set(['ConvInteger', 'DynamicQuantizeMatMul', 'MatMulInteger', 'MatMulIntegerToFloat', 'MatMulNBits', 'QGemm', 'QLinearConv', 'QLinearMatMul']);

/**
 * Whether a layer runs on codes or not as the rules say. Which of its operators onnxruntime takes depends on what follows, and rules know a
 * layer alone.
 */
export function isAsPredicted({ kernel, predicted, integer }: LayerKernel): boolean {
  return kernel === predicted || integer === INTEGER_OPERATORS.has(predicted);
}
