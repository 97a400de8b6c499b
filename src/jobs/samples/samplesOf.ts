import { dirname, resolve } from 'node:path';
import type { Plan } from '../../plan/plan';

/**
 * What a model is run on: the samples that were given, else those that its plan names, from the folder of the plan, which is that of
 * the model; null: random inputs.
 */
export function samplesOf(model: string, { calibration }: Plan, given: string | null): string | null {
  if (given !== null) return resolve(given);
  return calibration?.samples === undefined ? null : resolve(dirname(model), calibration.samples);
}
