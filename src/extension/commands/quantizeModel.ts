import { commands, l10n, Uri, window, workspace } from 'vscode';
import { NibbleError } from '../../errors';
import { formatBytes, formatDb } from '../../format/numbers';
import { plural } from '../../format/plural';
import { mayRunLater } from '../../format/runLater';
import type { QuantizeResult } from '../../jobs/records';
import { targetOf } from '../../targets/targets';
import { formatOf } from '../../quant/scheme';
import type { RunningJobs } from '../jobs';
import type { ModelDocument } from '../modelDocument';
import { baseName } from '../planLocation';
import { askOutput } from './askOutput';
import { runSessionJob } from './sessionJob';

/** Asks where to write, writes the quantized model with progress and Cancel, and says what came out. */
export async function quantizeModel(document: ModelDocument, samples: string | null, jobs: RunningJobs): Promise<QuantizeResult | null> {
  const { session, modelUri } = document;
  await session.whenLoaded();
  if (session.failure) throw session.failure;
  if (!document.planIsValid) throw new NibbleError('invalid-plan', l10n.t('{0} is not valid. Mend it first; its errors are marked in the text.', baseName(document.planUri)), { file: document.planUri.fsPath });
  if (modelUri.scheme !== 'file') throw new NibbleError('unsupported', l10n.t('{0} is not on this machine’s disk, and a quantized model can only be written to a local folder. Save the model to one and open it there.', baseName(modelUri)), { file: modelUri.toString() });
  if (!workspace.isTrusted && targetOf(document.plan).format !== null) throw new NibbleError('unsupported', l10n.t('To quantize activations {0} has to be run, which is done in trusted workspaces only. Trust this workspace, or let the plan keep activations float.', baseName(modelUri)), { file: modelUri.fsPath });
  const output = await askOutput(modelUri, outputTag(document), l10n.t('Quantize Model: Name of the New File'));
  if (!output) return null;

  const title = l10n.t('Quantizing {0}', baseName(modelUri));
  // A model is a program of sorts: it is run only where the person trusts the folder.
  const request = { output: output.fsPath, samples, run: workspace.isTrusted ? 'auto' : 'no' } as const;
  const result = await runSessionJob(title, session, jobs, (token) => session.quantize(title, request, token));
  void announce(result, modelUri);
  return result;
}

/** What the file's name says about its weights: the one format that is used, else that there are several. */
export function outputTag({ session }: ModelDocument): string {
  const formats = new Set(session.assessment?.layers.filter(({ state }) => state === 'computed' || state === 'pending').map(({ scheme }) => formatOf(scheme)));
  const [only] = formats;
  return formats.size === 1 && only !== undefined ? only : 'quantized';
}

/** How far the outputs moved, or why that is not known. */
export function outputsText({ outputs: [output], notRun }: QuantizeResult): string {
  return output ? plural(output.samples, l10n.t('outputs {0} on one input', formatDb(output.sqnrDb)), l10n.t('outputs {0} on {1} inputs', formatDb(output.sqnrDb), output.samples)) : notRun;
}

async function announce(result: QuantizeResult, model: Uri): Promise<void> {
  const open = l10n.t('Open');
  const reveal = l10n.t('Show in Folder');
  const run = l10n.t('Run Both Models');
  const written = l10n.t('{0} written: {1} → {2}', baseName(Uri.file(result.output)), formatBytes(result.bytes.before), formatBytes(result.bytes.after));
  const chosen = await window.showInformationMessage(`${written}, ${outputsText(result)}`, ...(workspace.isTrusted && mayRunLater(result) ? [run, open] : [open, reveal]));
  if (chosen === run) await commands.executeCommand('nibble.runModels', model);
  if (chosen === open) await commands.executeCommand('nibble.openModel', Uri.file(result.output));
  if (chosen === reveal) await commands.executeCommand('revealInExplorer', Uri.file(result.output));
}
