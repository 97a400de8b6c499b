import type { DataType } from '../../onnx/dtypes';
import type { QuantizedLayer } from '../quantizedLayer';
import type { Rule } from '../rule';

/** Operators that have kernels for 8-bit codes. */
const WITH_KERNELS: ReadonlySet<string> = new Set(['Conv', 'MatMul', 'Gemm']);

/** Codes of 4 or 16 bits where onnxruntime has kernels for 8 bits alone. */
export const unfusedWidth: Rule = {
  id: 'unfused-width',
  title: 'Codes of a width that is not computed on',
  severity: 'warning',
  needs: 'structure',
  help: 'The CPU provider of onnxruntime computes Conv, MatMul and Gemm on integers only when input, weight and output are 8-bit codes. With 4 or 16 bits in one place the layer runs in float, with all conversions around it. (MatMul with 4-bit weights and a float input is another thing: it becomes MatMulNBits.)',
  *check(subject) {
    for (const layer of subject.quantized) {
      if (!isUnfusedWidth(layer)) continue;
      const { op, name, weight, activation } = layer;
      yield {
        severity: activation === null ? 'note' : 'warning',
        node: name,
        tensor: weight.tensor,
        reason: `onnxruntime has no kernel for this ${op}: ${widthsOf(layer).join(', ')}.`,
        consequence: activation === null ? 'The weights are turned to float at every inference; only the file is smaller.' : 'The layer runs in float, and its codes are converted to and fro at every inference.',
        remedy: activation === null ? 'Use int8 for a faster run, or accept it for the smaller file.' : 'Use 8 bits for input, weight and output, or keep the layer float.',
      };
    }
  },
};

/** True for a layer that 8-bit codes would let run on integers, and for a Conv whose weights are of another width. */
export function isUnfusedWidth(layer: QuantizedLayer): boolean {
  if (layer.kernel !== 'float' || layer.dequantize === null || !WITH_KERNELS.has(layer.op)) return false;
  return (layer.op === 'Conv' || layer.activation !== null) && widthsOf(layer).length > 0;
}

function widthsOf({ dequantize, activation, output }: QuantizedLayer): readonly string[] {
  const parts: readonly (readonly [string, DataType | undefined])[] = [['input', activation?.codeType], ['weight', dequantize?.codeType], ['output', output.quantize?.codeType]];
  return parts.flatMap(([part, type]) => (type !== undefined && /^u?int(2|4|16)$/.test(type) ? [`its ${part} is ${type}`] : []));
}
