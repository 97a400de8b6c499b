import { l10n, Uri, workspace } from 'vscode';
import * as api from '../../engine/api';
import type { ModelComparison } from '../../jobs/records';
import { parsePlan } from '../../plan/parsePlan';
import { showComparison } from '../comparisonPanel';
import type { DocumentPicker } from '../documentPicker';
import { localFile } from '../localFile';
import { baseName, isModel, planUriOf } from '../planLocation';
import type { Services } from '../services';
import { runEngineJob } from './engineJob';

/** Two models that are compared; the first one is the reference. */
export interface ComparedUris {
  readonly first: Uri;
  readonly second: Uri;
}

/**
 * Which models a command is about: the two that are selected in the explorer, else the one that it was called on and another
 * one, else two that the person picks. Null: the person picked none.
 */
export async function chooseCompared(argument: unknown, selected: unknown, documents: DocumentPicker): Promise<ComparedUris | null> {
  const models = Array.isArray(selected) ? selected.filter((uri): uri is Uri => uri instanceof Uri && isModel(uri)) : [];
  if (models.length === 2) return { first: models[0]!, second: models[1]! };
  const first = argument instanceof Uri ? argument : await documents.ask(l10n.t('Compare Models: the Original'));
  const second = first && (await documents.ask(l10n.t('Compare {0} with…', baseName(first))));
  return first && second ? { first, second } : null;
}

/** Compares two models with progress and Cancel, and shows what came out. The plan beside the first is held against the second. */
export async function compareModels({ first, second }: ComparedUris, services: Services): Promise<ModelComparison> {
  const { globalStorageUri } = services.context;
  const [firstPath, secondPath] = [await localFile(first, globalStorageUri), await localFile(second, globalStorageUri)];
  const plan = await planBeside(first);
  const title = l10n.t('Comparing {0} with {1}', baseName(second), baseName(first));
  const comparison = await runEngineJob(services, title, (job, token) => services.engine.request(api.compare, { job, first: firstPath, second: secondPath, dimensions: plan?.plan.dimensions ?? {}, plan }, { token }));
  showComparison(comparison, services);
  return comparison;
}

/** The plan file beside a model, when there is one that is valid. */
async function planBeside(model: Uri): Promise<api.CompareParams['plan']> {
  const uri = planUriOf(model);
  let text: string;
  try {
    text = new TextDecoder().decode(await workspace.fs.readFile(uri));
  } catch {
    // No plan: then there is nothing to hold the other model against.
    return null;
  }
  const { plan } = parsePlan(text);
  return plan ? { name: baseName(uri), plan } : null;
}
