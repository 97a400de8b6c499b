import { l10n } from 'vscode';
import { SEVERITIES } from '../audit/finding';
import type { Finding, Severity } from '../audit/finding';

/** "1 error, 3 warnings" */
export function findingCounts(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity']): number => findings.filter((finding) => finding.severity === severity).length;
  const [errors, warnings, notes] = SEVERITIES.map(count) as [number, number, number];
  return [
    ...(errors > 0 ? [errors === 1 ? l10n.t('1 error') : l10n.t('{0} errors', errors)] : []),
    ...(warnings > 0 ? [warnings === 1 ? l10n.t('1 warning') : l10n.t('{0} warnings', warnings)] : []),
    ...(notes > 0 ? [notes === 1 ? l10n.t('1 note') : l10n.t('{0} notes', notes)] : []),
  ].join(', ');
}

/** How bad a finding is, in a word. */
export function severityText(severity: Severity): string {
  switch (severity) {
    case 'error':
      return l10n.t('Error');
    case 'warning':
      return l10n.t('Warning');
    case 'note':
      return l10n.t('Note');
  }
}

/** A finding of a layer in full: what is there, what comes of it, and what to do. */
export function findingText({ reason, consequence, remedy }: Finding): string {
  return `${reason} ${consequence} ${remedy}`;
}
