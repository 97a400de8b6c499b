import { l10n, window, workspace } from 'vscode';
import { NibbleError } from '../../errors';
import type { QuantizeResult } from '../../jobs/records';
import type { RunningJobs } from '../jobs';
import type { ModelDocument } from '../modelDocument';
import { baseName } from '../planLocation';
import { outputsText } from './quantizeModel';
import { runSessionJob } from './sessionJob';

/** Runs the model and what the last quantization wrote of it side by side, however much memory that takes. */
export async function runModels({ session, modelUri }: ModelDocument, samples: string | null, jobs: RunningJobs): Promise<QuantizeResult> {
  const { result } = session;
  if (!result) throw new NibbleError('invalid-argument', l10n.t('{0} has not been quantized in this window yet. Quantize it first.', baseName(modelUri)), { file: modelUri.fsPath });
  if (!workspace.isTrusted) throw new NibbleError('invalid-argument', l10n.t('Models are run in trusted folders only. Trust this one first (Workspaces: Manage Workspace Trust).'), { file: modelUri.fsPath });
  const title = l10n.t('Running {0} and its quantized copy', baseName(modelUri));
  const evaluated = await runSessionJob(title, session, jobs, (token) => session.evaluate(title, result, samples, token));
  void window.showInformationMessage(l10n.t('{0}: {1}', baseName(modelUri), outputsText(evaluated)));
  return evaluated;
}
