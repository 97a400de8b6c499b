import type { Uri } from 'vscode';
import { newPlanText } from '../plan/newPlan';
import { baseName } from './planLocation';
import { defaultTarget, defaultWeights } from './settings';

/** The plan of a model that has none yet, as its file will say it once there is something to save. */
export function newPlanOf(model: Uri): string {
  return newPlanText({ file: baseName(model), target: defaultTarget(model), weights: defaultWeights(model), dimensions: {} });
}
