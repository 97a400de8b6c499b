import { formatBytes } from '../../format/numbers';
import { isFloatingPoint } from '../../onnx/dtypes';
import { isUnfusedWidth } from './unfusedWidth';
import type { QuantizedLayer } from '../quantizedLayer';
import type { Rule } from '../rule';

/** Below this the work cannot be measured. */
export const MIN_ELEMENTS = 1024;

/** Operators that read a few rows of a table, for which the whole table is turned to float first. */
const LOOKUPS: ReadonlySet<string> = new Set(['Gather', 'EmbedLayerNormalization']);

/** A DequantizeLinear of a stored weight that no kernel takes in. */
export const runtimeDequantize: Rule = {
  id: 'runtime-dequantize',
  title: 'Weights dequantized at every inference',
  severity: 'warning',
  needs: 'structure',
  help: 'onnxruntime never computes the DequantizeLinear of a stored weight ahead of time. Where it cannot merge it with the layer into an integer kernel or MatMulNBits, the whole weight is turned to float at every inference: the file is smaller, memory is not, and the run is slower than with float weights.',
  *check(subject) {
    for (const layer of subject.quantized) {
      const { kernel, dequantize, tensor, weight, name, op, output } = layer;
      if (kernel !== 'float' || dequantize === null || isFloatingPoint(tensor.dataType) || weight.elements < MIN_ELEMENTS) continue;
      if (isUnfusedWidth(layer) || output.keepsFloat !== null) continue;
      const isLookup = LOOKUPS.has(op);
      yield {
        severity: isLookup || layer.activation !== null ? 'warning' : 'note',
        node: name,
        tensor: weight.tensor,
        reason: `onnxruntime dequantizes "${weight.tensor}" (${formatBytes(weight.bytes)}) at every inference: ${whyNot(layer)}.`,
        consequence: isLookup ? 'To look a few rows up, the whole table is turned to float each time.' : `The file is smaller, but ${op} runs in float and waits for its weights each time.`,
        remedy: remedyFor(layer),
      };
    }
  },
};

function whyNot({ activation, op, isDirect, output }: QuantizedLayer): string {
  if (!isDirect) return `another operator stands between its DequantizeLinear and ${op}`;
  if (activation === null) return `${op} has no kernel for quantized weights beside a float input`;
  if (op === 'Conv' && output.quantize === null) return 'the output of the Conv is not quantized, or not only';
  return `${op} has no integer kernel for this form`;
}

function remedyFor({ activation, op, output }: QuantizedLayer): string {
  if (LOOKUPS.has(op)) return 'Keep the table float16 or float, or use GatherBlockQuantized.';
  if (activation === null) return 'Quantize the activations too, or accept the slower run for the smaller file.';
  return op === 'Conv' && output.quantize === null ? 'Put a QuantizeLinear and a DequantizeLinear behind the Conv.' : 'Keep the layer float.';
}
