import type { Layer } from '../graph/layer';
import type { ActivationFormat } from '../quant/activationFormat';
import type { ActivationRangeMethod } from '../quant/observe/activationRange';
import { matcherOf } from './layerMatcher';
import type { Plan } from './plan';

/** Samples that are taken when the plan says nothing: with fewer than 16 ranges are unreliable, and more than 32 rarely change them. */
export const DEFAULT_SAMPLES = 32;

/** What a plan means for the activations of a model. */
export interface ResolvedActivations {
  readonly format: ActivationFormat;
  readonly method: ActivationRangeMethod | 'auto';
  /** Most samples to take. */
  readonly count: number;
  /** Indices of the layers whose activations stay float. */
  readonly float: ReadonlySet<number>;
}

/** What a plan says about activations; null when all of them stay float. */
export function resolveActivations({ default: base, layers: rules, calibration }: Plan, layers: readonly Layer[]): ResolvedActivations | null {
  const activations = base?.activations;
  if (activations === undefined || activations === 'float') return null;
  const matcher = matcherOf(layers);
  const float = new Set((rules ?? []).filter((rule) => rule.activations === 'float').flatMap(({ match }) => [...matcher.positions(match)]));
  return {
    format: `${activations.signed === true ? '' : 'u'}int${activations.bits ?? 8}`,
    method: calibration?.method ?? 'auto',
    count: calibration?.count ?? DEFAULT_SAMPLES,
    float,
  };
}
