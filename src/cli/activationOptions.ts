import { resolve } from 'node:path';
import { plannedActivations } from '../plan/activations';
import type { Plan } from '../plan/plan';
import { ACTIVATION_FORMATS } from '../quant/activationFormat';
import type { ActivationFormat } from '../quant/activationFormat';
import { ACTIVATION_RANGE_METHODS } from '../quant/observe/activationRange';
import type { ActivationRangeMethod } from '../quant/observe/activationRange';
import { RUNTIMES } from '../targets/targets';
import { UsageError } from './usageError';

/** The options of the command line that say where the model will run and what activations become. Undefined: not given. */
export interface ActivationOptions {
  readonly target?: string;
  readonly activations?: ActivationFormat | 'float';
  readonly method?: ActivationRangeMethod | 'auto';
  readonly count?: number;
  readonly ranges?: string;
}

export const TARGET_CHOICES: readonly string[] = RUNTIMES.map(({ id }) => id);
export const ACTIVATION_CHOICES: readonly string[] = [...ACTIVATION_FORMATS, 'float'];
export const METHOD_CHOICES: readonly string[] = ['auto', ...ACTIVATION_RANGE_METHODS];

export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 10_000) throw new UsageError(`"${text}" is no number of samples; give a whole number from 1 to 10000.`);
  return count;
}

/** A plan, changed by the options. */
export function withActivationOptions(plan: Plan, { target, activations, method, count, ranges }: ActivationOptions): Plan {
  const calibration = { ...plan.calibration, ...(method === undefined ? {} : { method }), ...(count === undefined ? {} : { count }), ...(ranges === undefined ? {} : { ranges: resolve(ranges) }) };
  return {
    ...plan,
    ...(target === undefined ? {} : { target }),
    ...(activations === undefined ? {} : { default: { ...plan.default, activations: plannedActivations(activations) } }),
    ...(Object.keys(calibration).length === 0 ? {} : { calibration }),
  };
}
