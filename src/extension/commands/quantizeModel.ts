import { commands, l10n, ProgressLocation, Uri, window, workspace } from 'vscode';
import { NibbleError } from '../../errors';
import { formatEta } from '../../format/duration';
import { formatBytes, formatDb } from '../../format/numbers';
import type { QuantizeResult } from '../../jobs/records';
import { activationFormatOf } from '../../plan/activations';
import { formatOf } from '../../quant/scheme';
import type { JobState } from '../editorApi';
import type { RunningJobs } from '../jobs';
import type { ModelDocument } from '../modelDocument';
import { baseName } from '../planLocation';
import { askOutput } from './askOutput';

/** Asks where to write, writes the quantized model with progress and Cancel, and says what came out. */
export async function quantizeModel(document: ModelDocument, samples: string | null, jobs: RunningJobs): Promise<QuantizeResult | null> {
  const { session, modelUri } = document;
  await session.whenLoaded();
  if (session.failure) throw session.failure;
  if (!document.planIsValid) throw new NibbleError('invalid-plan', l10n.t('{0} is not valid. Mend it first; its errors are marked in the text.', baseName(document.planUri)), { file: document.planUri.fsPath });
  if (modelUri.scheme !== 'file') throw new NibbleError('unsupported', l10n.t('{0} is not on this machine’s disk, and a quantized model can only be written to a local folder. Save the model to one and open it there.', baseName(modelUri)), { file: modelUri.toString() });
  if (!workspace.isTrusted && activationFormatOf(document.plan) !== null) throw new NibbleError('unsupported', l10n.t('To quantize activations {0} has to be run, which is done in trusted workspaces only. Trust this workspace, or let the plan keep activations float.', baseName(modelUri)), { file: modelUri.fsPath });
  const output = await askOutput(modelUri, outputTag(document), l10n.t('Quantize Model: Name of the New File'));
  if (!output) return null;

  const title = l10n.t('Quantizing {0}', baseName(modelUri));
  const result = await window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, (progress, outer) => {
    let shown = 0;
    const listener = session.onDidChangeJob((job) => {
      if (!job) return;
      const percent = percentOf(job);
      // Every step counts from 0 to 100 anew; the bar never runs backwards, so a later step shows its own text only.
      progress.report({ message: jobText(job), increment: Math.max(0, percent - shown) });
      shown = Math.max(shown, percent);
    });
    // A model is a program of sorts: it is run only where the person trusts the folder.
    return jobs.run(session, outer, (token) => session.quantize(title, { output: output.fsPath, samples, run: workspace.isTrusted ? 'auto' : 'no' }, token)).finally(() => { listener.dispose(); });
  });
  void announce(result);
  return result;
}

/** "Quantizing weights 45 % · about 3 s left" */
export function jobText({ progress, etaMilliseconds }: Pick<JobState, 'progress' | 'etaMilliseconds'>): string {
  const share = progress.total > 0 ? ` ${Math.floor((progress.done / progress.total) * 100)} %` : '';
  const left = formatEta(etaMilliseconds);
  return `${progress.step}${share}${left === '' ? '' : ` · ${left}`}`;
}

function percentOf({ progress }: JobState): number {
  return progress.total > 0 ? (progress.done / progress.total) * 100 : 0;
}

/** What the file's name says about its weights: the one format that is used, else that there are several. */
export function outputTag({ session }: ModelDocument): string {
  const formats = new Set(session.assessment?.layers.filter(({ state }) => state === 'computed' || state === 'pending').map(({ scheme }) => formatOf(scheme)));
  const [only] = formats;
  return formats.size === 1 && only !== undefined ? only : 'quantized';
}

async function announce(result: QuantizeResult): Promise<void> {
  const open = l10n.t('Open');
  const reveal = l10n.t('Show in Folder');
  const [output] = result.outputs;
  const moved = output ? l10n.t('outputs {0} on {1} inputs', formatDb(output.sqnrDb), output.samples) : result.notRun;
  const text = `${l10n.t('{0} written: {1} → {2}', baseName(Uri.file(result.output)), formatBytes(result.bytes.before), formatBytes(result.bytes.after))}${moved === '' ? '' : `, ${moved}`}`;
  const chosen = await window.showInformationMessage(text, open, reveal);
  if (chosen === open) await commands.executeCommand('nibble.openModel', Uri.file(result.output));
  if (chosen === reveal) await commands.executeCommand('revealInExplorer', Uri.file(result.output));
}
