import { floatOf } from '../graph/attributes';
import { isDequantize } from '../graph/logical/conversion';
import type { SmallConstants } from './constants';
import type { DataFlow, Site } from '../graph/dataFlow';
import { quantizerOf } from './quantizer';
import type { Quantizer } from './quantizer';

/** The int32 bias of a layer, and how far its scale is from the product of those of input and weight. */
export interface QuantizedBias {
  readonly channels: number;
  /** Where it is farthest. */
  readonly channel: number;
  readonly actual: number;
  readonly expected: number;
  /** |actual / expected − 1| there. */
  readonly share: number;
}

/** Operators with a bias as their third input. */
const WITH_BIAS: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm']);

/** Reads the bias of a layer with the given quantizers; null when it has none in int32, or when scales are not stored. */
export function quantizedBias(flow: DataFlow, constants: SmallConstants, { node, scope }: Site, activation: Quantizer | null, weight: Quantizer): QuantizedBias | null {
  if (!WITH_BIAS.has(node.op) || activation === null || floatOf(node, 'alpha', 1) !== 1) return null;
  const origin = flow.source(scope, node.inputs[2] ?? '');
  const bias = origin?.kind === 'node' && isDequantize(origin.site.node) ? quantizerOf(flow, origin.site) : null;
  if (bias?.codeType !== 'int32') return null;
  const input = constants.scalar(activation.scale);
  const [weights, biases] = [constants.numbers(weight.scale), constants.numbers(bias.scale)];
  if (input === null || weights === null || biases === null) return null;
  const channels = Math.max(weights.length, biases.length);
  if (channels === 0 || [weights, biases].some(({ length }) => length !== 1 && length !== channels)) return null;
  const at = (values: ArrayLike<number>, channel: number): number => values[values.length === 1 ? 0 : channel]!;
  let worst: QuantizedBias | null = null;
  for (let channel = 0; channel < channels; channel += 1) {
    const actual = at(biases, channel);
    const expected = Math.fround(Math.fround(input) * Math.fround(at(weights, channel)));
    // 0 / 0: both say that the channel is nothing.
    const share = actual === expected ? 0 : Math.abs(actual / expected - 1);
    if (worst === null || share > worst.share) worst = { channels, channel, actual, expected, share };
  }
  return worst;
}
