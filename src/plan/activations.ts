import type { Layer } from '../graph/layer';
import type { ActivationFormat } from '../quant/activationFormat';
import type { ActivationRangeMethod } from '../quant/observe/activationRange';
import { matcherOf } from './layerMatcher';
import type { Plan, PlannedActivations } from './plan';

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

/** What a plan says about activations; null when all of them stay float. `formats`: as for `activationFormatOf`. */
export function resolveActivations(plan: Plan, layers: readonly Layer[], formats: readonly ActivationFormat[]): ResolvedActivations | null {
  const format = activationFormatOf(plan, formats);
  if (format === null) return null;
  return {
    format,
    method: plan.calibration?.method ?? 'auto',
    count: plan.calibration?.count ?? DEFAULT_SAMPLES,
    float: resolveFloatActivations(plan, layers),
  };
}

/**
 * What activations become by a plan; null: they stay float.
 * @param formats types that the target takes; of a width, the first is meant where the plan does not say whether it has a sign.
 */
export function activationFormatOf({ default: base }: Pick<Plan, 'default'>, formats: readonly ActivationFormat[]): ActivationFormat | null {
  const activations = base?.activations;
  if (activations === undefined || activations === 'float') return null;
  const { bits = 8, signed } = activations;
  if (signed !== undefined) return `${signed ? '' : 'u'}int${bits}`;
  return formats.find((format) => format.endsWith(`t${bits}`)) ?? `uint${bits}`;
}

/** Indices of the layers whose activations a plan keeps float, whatever its default says. */
export function resolveFloatActivations({ layers: rules }: Plan, layers: readonly Layer[]): ReadonlySet<number> {
  const matcher = matcherOf(layers);
  return new Set((rules ?? []).filter((rule) => rule.activations === 'float').flatMap(({ match }) => [...matcher.positions(match)]));
}

/** How a plan says a format. */
export function plannedActivations(format: ActivationFormat | 'float'): PlannedActivations {
  if (format === 'float') return format;
  return { bits: format.endsWith('16') ? 16 : 8, signed: format.startsWith('int') };
}
