import { formatPercent, formatSmall } from '../../format/numbers';
import { CHECKED_BIAS_SHARE } from '../integerKernels';
import type { QuantizedLayer } from '../quantizedLayer';
import type { Found, Rule } from '../rule';

/** A bias that is off by less changes an 8-bit output by a quarter of a step at most; tools that compute in another precision differ by 1e-7. */
export const BIAS_TOLERANCE = 1e-3;

/** The scale of an int32 bias is not the product of the scales of input and weight. */
export const biasScale: Rule = {
  id: 'bias-scale',
  title: 'Bias scale other than input scale × weight scale',
  severity: 'error',
  needs: 'scales',
  help: 'On integers, products of input and weight codes are summed in 32 bits, and the codes of the bias are added to that sum as they are: a kernel has no place for a scale of their own. When the scale of the bias is not the product of the two others, a kernel adds another bias than the file says. onnxruntime notices it at a Conv, which it computes in float then, and does not notice it at a Gemm.',
  *check(subject) {
    const seen = new Set<number>();
    for (const layer of subject.quantized) {
      const { bias, node, name } = layer;
      if (bias === null || bias.share <= BIAS_TOLERANCE || seen.has(node.span.start)) continue;
      seen.add(node.span.start);
      yield {
        ...effect(layer, bias.share),
        node: name,
        tensor: node.inputs[2]!,
        reason: `The bias of ${node.op} has the scale ${formatSmall(bias.actual)}${bias.channels > 1 ? ` in channel ${bias.channel}` : ''}; input scale × weight scale is ${formatSmall(bias.expected)}.`,
        remedy: 'Quantize the bias again with the product of the two scales, or leave it float.',
      };
    }
  },
};

function effect({ kernel, op }: QuantizedLayer, share: number): Pick<Found, 'severity' | 'consequence'> {
  if (kernel === 'integer') {
    return { severity: share > CHECKED_BIAS_SHARE ? 'error' : 'warning', consequence: `onnxruntime computes the layer on integers and takes the bias with the latter: it is off by ${formatPercent(share)}.` };
  }
  return { severity: 'warning', consequence: op === 'Conv' ? 'onnxruntime computes the Conv in float because of it; a runtime that does not adds another bias.' : 'In float the layer is right; a runtime that computes it on integers adds another bias.' };
}
