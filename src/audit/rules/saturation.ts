import { formatExact, formatPercent } from '../../format/numbers';
import type { Rule } from '../rule';

/** int8 weights whose sums can saturate on x64 processors without VNNI. */
export const saturation: Rule = {
  id: 'saturation',
  title: 'Sums that can saturate without VNNI',
  severity: 'warning',
  needs: 'weights',
  help: 'On x64 processors with AVX2 or AVX-512 but without VNNI, onnxruntime multiplies 8-bit activations with int8 weights by an instruction that adds each two neighbouring products in 16 bits. Two weights of one sign that together exceed 128 can overflow there when both activations are near 255: the sum saturates, and the output differs from that of other processors, sometimes by much. Newer processors, ARM and uint8 weights are not affected. The pairs are counted on the weights as the kernel lays them out.',
  *check(subject) {
    for (const { kernel, name, op, weight, tensor } of subject.quantized) {
      const pairs = kernel === 'integer' ? subject.elements.codes.get(tensor)?.pairs : null;
      if (!pairs || pairs.saturating === 0) continue;
      yield {
        severity: 'warning',
        node: name,
        tensor: weight.tensor,
        reason: `${formatExact(pairs.saturating)} of ${formatExact(pairs.pairs)} pairs of neighbouring weights (${share(pairs.saturating / pairs.pairs)}) sum to more than 128.`,
        consequence: `On x64 processors without VNNI, ${op} can saturate where two activations are near 255: other results than elsewhere.`,
        remedy: 'Quantize these weights to 7 bits (a reduced range) or to uint8, or set session.x64quantprecision to 1 on such machines.',
      };
    }
  },
};

function share(value: number): string {
  return value < 0.0005 ? 'under 0.1 %' : formatPercent(value);
}
