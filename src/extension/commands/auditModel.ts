import { commands, l10n, Uri, window } from 'vscode';
import { NibbleError } from '../../errors';
import { SEVERITIES } from '../../audit/finding';
import type { AuditReport } from '../../audit/finding';
import * as api from '../../engine/api';
import type { RepairResult } from '../../jobs/repair/repairModel';
import { findingCounts } from '../auditText';
import type { ModelDocument } from '../modelDocument';
import { baseName } from '../planLocation';
import type { Services } from '../services';
import { askOutput } from './askOutput';
import { runEngineJob } from './engineJob';

/** Looks for what is wrong with a quantized model, and offers what can be done. */
export async function auditModel(document: ModelDocument, services: Services): Promise<AuditReport> {
  const { modelUri, session } = document;
  const report = await runEngineJob(services, l10n.t('Auditing {0}', baseName(modelUri)), (job, token) => session.audit(job, token));
  void announce(document, report);
  return report;
}

/** Writes a copy of a model without the findings that can be mended exactly, under a name that the person gives. */
export async function repairModel(document: ModelDocument, services: Services): Promise<RepairResult | null> {
  const { modelUri, session } = document;
  if (modelUri.scheme !== 'file') throw new NibbleError('unsupported', l10n.t('{0} is not on this machine’s disk, and a repaired copy can only be written to a local folder. Save the model to one and open it there.', baseName(modelUri)), { file: modelUri.toString() });
  const output = await askOutput(modelUri, 'repaired', l10n.t('Write Repaired Copy: Name of the New File'));
  if (!output) return null;
  const result = await runEngineJob(services, l10n.t('Repairing {0}', baseName(modelUri)), (job, token) => services.engine.request(api.repair, { job, path: session.path, output: output.fsPath }, { token }));
  void announceRepair(result);
  return result;
}

async function announce(document: ModelDocument, { findings }: AuditReport): Promise<void> {
  const name = baseName(document.modelUri);
  if (findings.length === 0) {
    void window.showInformationMessage(l10n.t('No findings in {0}.', name));
    return;
  }
  const show = l10n.t('Show Problems');
  const repair = l10n.t('Write Repaired Copy…');
  const buttons = findings.some(({ fix }) => fix !== null) ? [show, repair] : [show];
  const text = l10n.t('{0}: {1}', name, findingCounts(findings));
  const worst = SEVERITIES.find((severity) => findings.some((finding) => finding.severity === severity));
  const chosen = await (worst === 'note' ? window.showInformationMessage(text, ...buttons) : window.showWarningMessage(text, ...buttons));
  if (chosen === show) await commands.executeCommand('workbench.actions.view.problems');
  if (chosen === repair) await commands.executeCommand('nibble.repairModel', document.modelUri);
}

async function announceRepair({ output, repaired, left }: RepairResult): Promise<void> {
  const open = l10n.t('Open');
  const text = l10n.t('{0} written. Findings: {1} repaired, {2} left.', baseName(Uri.file(output)), repaired.length, left.length);
  const chosen = await window.showInformationMessage(text, open);
  if (chosen === open) await commands.executeCommand('nibble.openModel', Uri.file(output));
}
