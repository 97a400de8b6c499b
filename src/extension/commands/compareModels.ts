import { randomUUID } from 'node:crypto';
import { l10n, ProgressLocation, Uri, window, workspace } from 'vscode';
import * as api from '../../engine/api';
import type { ModelComparison } from '../../jobs/records';
import { parsePlan } from '../../plan/parsePlan';
import { showComparison } from '../comparisonPanel';
import type { DocumentPicker } from '../documentPicker';
import { localFile } from '../localFile';
import { baseName, isModel, planUriOf } from '../planLocation';
import type { Services } from '../services';
import { jobText } from './quantizeModel';

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
  const { engine, context } = services;
  const [firstPath, secondPath] = [await localFile(first, context.globalStorageUri), await localFile(second, context.globalStorageUri)];
  const plan = await planBeside(first);
  const job = randomUUID();
  const params: api.CompareParams = { job, first: firstPath, second: secondPath, dimensions: plan?.plan.dimensions ?? {}, plan };
  const title = l10n.t('Comparing {0} with {1}', baseName(second), baseName(first));
  const comparison = await window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
    const stop = engine.onProgress((event) => {
      if (event.job === job) progress.report({ message: jobText({ id: job, title, progress: event.progress, etaMilliseconds: event.etaMilliseconds }) });
    });
    try {
      return await engine.request(api.compare, params, { token });
    } finally {
      stop();
    }
  });
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
