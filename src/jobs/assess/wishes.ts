import type { WeightScheme } from '../../quant/scheme';
import type { Decider } from '../decisions';
import type { ModelFile } from '../modelFile';
import type { MeasurableScheme } from '../ports';
import type { StoredWeight } from '../storedWeights';
import type { AppliedPlan } from './assessLayers';
import type { MeasureWish } from './measureQueue';
import { QUICK_FORMATS, SEARCHED_FORMATS } from './standardFormats';

/**
 * What to measure, most urgent first: the chosen formats of the layers on show, then of all layers; then every format
 * that could be chosen, so that a choice finds its figure ready.
 */
export function* wishesFor(file: ModelFile, decider: Decider, { decisions, target }: AppliedPlan, visible: readonly number[]): Iterable<MeasureWish> {
  const all = [...file.weights.values()];
  const shown = weightsOf(file, visible);
  const chosen = function* (weights: readonly StoredWeight[]): Iterable<MeasureWish> {
    for (const stored of weights) {
      const decision = decisions.get(stored.key)!;
      if (decision.kind === 'convert') yield { stored, schemes: [decision.scheme] };
    }
  };
  yield* chosen(shown);
  yield* chosen(all);
  for (const formats of [QUICK_FORMATS, SEARCHED_FORMATS]) {
    const measurable = formats.filter(isMeasurable);
    for (const stored of [...shown, ...all]) {
      const schemes = measurable.filter((scheme) => decider.decide(stored, scheme, target).kind === 'convert');
      if (schemes.length > 0) yield { stored, schemes };
    }
  }
}

export function isMeasurable(scheme: WeightScheme): scheme is MeasurableScheme {
  return scheme.kind !== 'float';
}

function weightsOf(file: ModelFile, layers: readonly number[]): readonly StoredWeight[] {
  const keys = new Set(layers.flatMap((index) => file.analysis.layers[index]?.weights.map(({ key }) => key) ?? []));
  return [...keys].map((key) => file.weights.get(key)!);
}
