import { existsSync } from 'node:fs';
import { NibbleError } from '../errors';
import { MAX_PLAN_CHARACTERS } from '../plan/parsePlan';
import { readSmallFile } from '../jobs/files/readSmallFile';
import { readPlan } from '../plan/parsePlan';
import { planPathOf } from '../plan/newPlan';
import type { Plan, PlannedWeights } from '../plan/plan';
import { plannedWeights, type SchemeOptions } from './schemeOptions';

/** The text of a plan file. Throws `not-found`, `unreadable` or `limit`. */
export function readPlanText(path: string): string {
  const tooLarge = (): NibbleError => new NibbleError('limit', `${path} is too large for a plan. Is it another file?`, { file: path });
  // Four bytes at most for a character: a file that is larger is no plan, and must not fill the memory.
  return readSmallFile(path, { maxBytes: 4 * MAX_PLAN_CHARACTERS, tooLarge, remedy: 'Choose a plan file.' }).toString('utf8');
}

export interface ChosenPlan {
  readonly plan: Plan;
  /** The plan file that was read; null when the options alone make the plan. */
  readonly file: PlanFile | null;
}

interface PlanFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The plan that a command works by: the file that was named, changed by the format options; without one the options alone;
 * without any the plan beside the model, if there is one.
 */
export function choosePlan(model: string, named: string | undefined, options: SchemeOptions, dimensions: Readonly<Record<string, number>>): ChosenPlan {
  const weights = plannedWeights(options);
  const nothingSaid = weights === undefined && options.layer === undefined;
  const beside = planPathOf(model);
  const path = named ?? (nothingSaid && existsSync(beside) ? beside : null);
  const file = path === null ? null : { path, text: readPlanText(path) };
  const plan: Plan = file === null ? { version: 1 } : readPlan(file.text, file.path);
  return {
    file,
    plan: {
      ...plan,
      ...(Object.keys(dimensions).length > 0 ? { dimensions: { ...plan.dimensions, ...dimensions } } : {}),
      ...(weights === undefined ? {} : { default: { ...plan.default, weights: merged(plan.default?.weights, weights) } }),
      ...(options.layer === undefined ? {} : { layers: [...(plan.layers ?? []), ...options.layer] }),
    },
  };
}

function merged(before: PlannedWeights | undefined, after: PlannedWeights): PlannedWeights {
  return typeof after === 'string' || typeof before === 'string' || before === undefined ? after : { ...before, ...after };
}
