import { commands, env, l10n, ProgressLocation, Uri, window, workspace } from 'vscode';
import type { ReportFormat } from '../../jobs/report/records';
import type { ModelDocument } from '../modelDocument';
import { baseName } from '../planLocation';

/** Asks where to, and writes a report there: what the model costs, and what the plan and the last quantization made of it. */
export async function exportReport({ session, modelUri }: ModelDocument): Promise<void> {
  await session.whenLoaded();
  if (session.failure) throw session.failure;
  const suggested = `${baseName(modelUri).replace(/\.onnx$/i, '')}.report.html`;
  const target = await window.showSaveDialog({
    title: l10n.t('Export Report'),
    defaultUri: Uri.joinPath(modelUri, '..', suggested),
    filters: { [l10n.t('Page with charts')]: ['html'], [l10n.t('Markdown')]: ['md'], [l10n.t('Table of layers')]: ['csv'], [l10n.t('JSON')]: ['json'] },
  });
  if (!target) return;
  const title = l10n.t('Writing {0}', baseName(target));
  await window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, async (_, token) => {
    const text = await session.report(formatOf(target), token);
    await workspace.fs.writeFile(target, new TextEncoder().encode(text));
  });
  void announce(target);
}

/** What the file's ending says; a page where it says nothing else. */
function formatOf(target: Uri): ReportFormat {
  const ending = /\.(md|csv|json)$/i.exec(target.path)?.[1]?.toLowerCase();
  return ending === 'md' || ending === 'csv' || ending === 'json' ? ending : 'html';
}

async function announce(target: Uri): Promise<void> {
  const open = l10n.t('Open');
  const reveal = l10n.t('Show in Folder');
  const chosen = await window.showInformationMessage(l10n.t('{0} written', baseName(target)), open, reveal);
  if (chosen === reveal) await commands.executeCommand('revealInExplorer', target);
  // A page is for a browser; the other forms are texts.
  else if (chosen === open && formatOf(target) === 'html') await env.openExternal(target);
  else if (chosen === open) await window.showTextDocument(target);
}
