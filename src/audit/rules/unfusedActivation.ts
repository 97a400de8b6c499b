import type { DataType } from '../../onnx/dtypes';
import type { Rule } from '../rule';

/** A Relu or Clip that the codes behind it do not make superfluous, so that the layer in front of it stays float. */
export const unfusedActivation: Rule = {
  id: 'unfused-activation',
  title: 'Activation function keeps its layer in float',
  severity: 'warning',
  needs: 'scales',
  help: 'Between a layer and its QuantizeLinear, onnxruntime drops a Relu when the zero point is the lowest code, and a Clip when no code stands for a value beyond its bounds: saturation then does the same. Otherwise the layer is computed in float, with all conversions around it.',
  *check(subject) {
    for (const { op, name, output, activation, dequantize } of subject.quantized) {
      const { keepsFloat, quantize } = output;
      if (keepsFloat === null || quantize === null || activation === null || dequantize === null || !WITH_KERNELS.has(op)) continue;
      if (![activation, dequantize, quantize].every(({ codeType }) => is8Bit(codeType))) continue;
      const kept = keepsFloat.node.op;
      const lowest = quantize.codeType === 'uint8' ? 0 : -128;
      const zeroPoint = quantize.zeroPoint === null ? 0 : subject.constants.scalar(quantize.zeroPoint);
      yield {
        severity: 'warning',
        node: name,
        tensor: quantize.node.inputs[2] ?? null,
        reason: kept === 'Relu' ? `The output of ${op} and Relu has the zero point ${String(zeroPoint)}; the lowest ${quantize.codeType} code is ${lowest}.` : `The codes behind ${op} and Clip stand for values beyond the bounds of the Clip.`,
        consequence: `onnxruntime cannot drop the ${kept}, so it computes ${op} in float.`,
        remedy: kept === 'Relu' ? `Quantize the output asymmetrically, with zero point ${lowest}, or put a Q and DQ pair between ${op} and Relu.` : `Calibrate the output within the bounds of the Clip, or put a Q and DQ pair between ${op} and Clip.`,
      };
    }
  },
};

const WITH_KERNELS: ReadonlySet<string> = new Set(['Conv', 'MatMul', 'Gemm']);

function is8Bit(type: DataType): boolean {
  return type === 'int8' || type === 'uint8';
}
