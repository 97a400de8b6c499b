import type { LayerWeight } from '../../graph/layer';
import type { Decisions } from '../decisions';
import { groupAt, layoutOf } from '../../quant/layout';
import { roundHalfEven } from '../../quant/rounding';
import type { ValueParameters } from './quantizedGraph';
import { scalesOf } from './weightCodes';
import type { QuantizedWeights, WeightCodes } from './weightCodes';

/** A bias that becomes 32-bit codes. */
export interface StoredBias {
  readonly weight: LayerWeight;
  /** The value that its layer reads. */
  readonly input: string;
  readonly values: Float32Array;
}

/** The largest code that a bias may get. Sums are added to it, so half of what 32 bits hold is left to them. */
const LARGEST_BIAS_CODE = 2 ** 30;

/**
 * Weights whose biases have a place among 32-bit codes. A channel of (nearly) zero weights has a tiny scale, in whose unit its
 * bias would be too large: its scale is raised, which costs weights that small nothing. By key; only those that change.
 */
export function fitWeights({ weights }: QuantizedWeights, decisions: Decisions, biases: readonly StoredBias[], parameters: ValueParameters): ReadonlyMap<string, WeightCodes> {
  const fitted = new Map<string, WeightCodes>();
  for (const { weight, input, values } of biases) {
    const decision = decisions.get(weight.key);
    if (decision?.kind !== 'convert' || decision.scheme.kind !== 'integer') continue;
    const content = fitted.get(weight.key) ?? weights.get(weight.key)!;
    const scales = scalesOf(content);
    const inputScale = parameters.get(input)!.scale;
    const least = new Float32Array(scales.length);
    values.forEach((value, channel) => {
      const group = scales.length === 1 ? 0 : channel;
      least[group] = Math.max(least[group]!, Math.abs(value) / inputScale / LARGEST_BIAS_CODE);
    });
    if (least.every((scale, group) => scale <= scales[group]!)) continue;
    const raised = scales.map((scale, group) => Math.max(scale, least[group]!));
    const layout = layoutOf(weight, decision.scheme.granularity);
    const codes = new Int8Array(content.codes).map((code, index) => {
      const group = groupAt(layout, index);
      return raised[group] === scales[group] ? code : roundHalfEven((code * scales[group]!) / raised[group]!);
    });
    fitted.set(weight.key, { ...content, codes: new Uint8Array(codes.buffer), scales: new Uint8Array(raised.buffer) });
  }
  return fitted;
}
