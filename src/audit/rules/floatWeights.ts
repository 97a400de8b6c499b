import { formatBytes, formatPercent } from '../../format/numbers';
import type { Tensor } from '../../onnx/model';
import { tensorByteLength } from '../../onnx/tensorData';
import type { Rule } from '../rule';

/** Smaller weights are left float for good reasons: scales would take more than they save. */
export const MIN_BYTES = 4096;

/** A weight with this share of all bytes of weights decides what the file weighs. */
const LARGE_SHARE = 0.1;

/** Weights that are still float32 in a model that has quantized ones. */
export const floatWeights: Rule = {
  id: 'float-weights',
  title: 'Float weights in a quantized model',
  severity: 'warning',
  needs: 'structure',
  help: 'In a model with quantized layers, a weight that is still float32 was either left so on purpose or missed: tools skip operators that they do not know, weights behind Identity or Transpose nodes, and those in bodies of control flow. Training with simulated quantization leaves the float weight in front of a pair of Q and DQ nodes. float16 is taken for a choice. A weight with a tenth of all bytes or more is a warning, others are notes.',
  *check({ layers, sites, quantized }) {
    if (quantized.length === 0) return;
    const simulated = new Set(quantized.filter(({ dequantize }) => dequantize !== null).map(({ tensor }) => tensor));
    const stored = new Set(sites.flatMap(({ weights }) => weights.map(({ tensor }) => tensor)));
    const total = [...stored].reduce((sum, tensor) => sum + tensorByteLength(tensor), 0);
    const seen = new Set<Tensor>();
    for (const [index, { weights, name, op }] of layers.entries()) {
      for (const [at, weight] of weights.entries()) {
        const { tensor } = sites[index]!.weights[at]!;
        const isSimulated = simulated.has(tensor);
        if ((weight.obstacle !== null && !isSimulated) || (weight.dataType !== 'float' && weight.dataType !== 'double') || weight.bytes < MIN_BYTES || seen.has(tensor)) continue;
        seen.add(tensor);
        const share = weight.bytes / total;
        yield {
          severity: share >= LARGE_SHARE ? 'warning' : 'note',
          node: name,
          tensor: weight.tensor,
          reason: `"${weight.tensor}" of ${op} is still ${weight.dataType}: ${formatBytes(weight.bytes)}, ${formatPercent(share)} of all weights as stored.`,
          consequence: isSimulated ? 'A QuantizeLinear makes its codes anew from the float numbers, which the file keeps.' : 'The file is larger than the quantization promises.',
          remedy: isSimulated ? 'Store the codes in place of the float numbers and their QuantizeLinear.' : 'Quantize it too, or ignore this when it was left float on purpose.',
        };
      }
    }
  },
};
