import { formatExact } from '../../format/numbers';
import { isSymmetricInt8, rangesAlong, scaleAxis } from '../codes';
import type { QuantizedLayer } from '../quantizedLayer';
import type { Rule } from '../rule';

/** A code of −128 among codes that were made for −127..127. */
export const lowestCode: Rule = {
  id: 'lowest-code',
  title: '−128 among codes of −127..127',
  severity: 'warning',
  needs: 'weights',
  help: 'Symmetric quantization that maps the largest magnitude to 127 never makes −128. Where it appears all the same, a value was outside the range or ran over: +128 becomes −128 in a byte, which turns its sign. Some kernels also take the absolute value of a byte or negate it, which −128 does not survive. Whether a model keeps to −127 is judged by all of its channels: in most of them the lowest code is −127, or nothing is reported.',
  *check(subject) {
    const groups: { readonly layer: QuantizedLayer; readonly lowest: number; readonly channels: number }[] = [];
    const seen = new Set<unknown>();
    let narrow = 0;
    let full = 0;
    for (const layer of subject.quantized) {
      const axis = scaleAxis(layer);
      const ranges = axis === null || seen.has(layer.tensor) || !isSymmetricInt8(layer, subject) ? null : rangesAlong(layer.tensor, axis, subject);
      if (ranges === null) continue;
      seen.add(layer.tensor);
      const lowest = ranges.low.reduce((count, code) => count + (code === -128 ? 1 : 0), 0);
      narrow += ranges.low.reduce((count, code) => count + (code === -127 ? 1 : 0), 0);
      full += lowest;
      groups.push({ layer, lowest, channels: ranges.low.length });
    }
    if (narrow <= full) return;
    for (const { layer, lowest, channels } of groups) {
      if (lowest === 0) continue;
      const { name, weight, tensor } = layer;
      yield {
        severity: 'warning',
        node: name,
        tensor: weight.tensor,
        reason: `"${weight.tensor}" has a code of −128${channels === 1 ? '' : ` in ${formatExact(lowest)} of ${formatExact(channels)} channels`}; the codes of this model go from −127 to 127 otherwise.`,
        consequence: 'Either a weight was clipped at the wrong end or its sign has turned; kernels that negate codes or take their absolute value compute with a wrong number.',
        remedy: 'Compare the weight with the float model; when it only was a little outside the range, write −127.',
        repair: { kind: 'clip', tensor },
      };
    }
  },
};
