import { l10n, Uri, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import type { ModelDocument } from '../modelDocument';
import type { PlanEditing } from '../planEditing';
import { baseName } from '../planLocation';
import { fromPlan } from '../sampleChoice';
import type { SampleChoice } from '../sampleChoice';

/** Asks on which inputs a model is run, and has its plan name them, so that the command line takes the same. */
export async function chooseSamples(document: ModelDocument, editing: PlanEditing, samples: SampleChoice): Promise<void> {
  const items: readonly (QuickPickItem & { readonly source: 'file' | 'folder' | 'random' })[] = [
    { label: l10n.t('$(file) File…'), detail: l10n.t('.npz with one array for each input (and “labels”), or .npy'), source: 'file' },
    { label: l10n.t('$(folder) Folder…'), detail: l10n.t('A folder of such files, or of test_data_set_ folders'), source: 'folder' },
    { label: l10n.t('$(symbol-numeric) Random inputs'), detail: l10n.t('Always possible; says how far outputs move, not whether answers stay right'), source: 'random' },
  ];
  const chosen = await window.showQuickPick(items, { title: l10n.t('Choose Samples for {0}', baseName(document.modelUri)), placeHolder: l10n.t('Inputs on which activations are observed, and the float and the quantized model compared'), ignoreFocusOut: true });
  if (!chosen) return;
  if (chosen.source === 'random') {
    editing.setSamples(document, null);
    await samples.preferRandom(document.modelUri, true);
    return;
  }
  const [uri] = (await window.showOpenDialog({ title: l10n.t('Choose Samples'), defaultUri: Uri.joinPath(document.modelUri, '..'), canSelectFiles: chosen.source === 'file', canSelectFolders: chosen.source === 'folder', canSelectMany: false })) ?? [];
  if (!uri) return;
  editing.setSamples(document, fromPlan(document.planUri, uri));
  await samples.preferRandom(document.modelUri, false);
}
