/**
 * What QNN's compiler for the HTP takes, through onnxruntime's plugin, measured without the hardware.
 * `test/vectors/targets/qnn.json` holds the measurements (`test/tools/target_facts.py`), and `test/targets/runtimeFacts.test.ts` holds
 * these lines against them.
 */
import type { IntegerScheme } from '../quant/scheme';

/** Of onnxruntime-qnn. */
export const QNN_VERSION = '2.7.0';

/** Operators that it compiles on codes, when their outputs are quantized as well. */
export const QNN_INTEGER_LAYERS: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/**
 * Why weights cannot have a scheme where activations are float, as a part of a sentence; null when they can: it turns codes into floats with
 * one scale only.
 */
export function qnnFloatObstacle({ granularity }: IntegerScheme): string | null {
  return granularity === 'tensor' ? null : 'QNN takes weights with more than one scale beside quantized activations only';
}
