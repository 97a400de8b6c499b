import { l10n } from 'vscode';
import { SEVERITIES } from '../audit/finding';
import type { Finding, Severity } from '../audit/finding';
import { plural } from '../format/plural';

/** "1 error, 3 warnings" */
export function findingCounts(findings: readonly Finding[]): string {
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  return SEVERITIES.flatMap((severity) => (count(severity) === 0 ? [] : [countText(severity, count(severity))])).join(', ');
}

function countText(severity: Severity, count: number): string {
  switch (severity) {
    case 'error':
      return plural(count, l10n.t('1 error'), l10n.t('{0} errors', count));
    case 'warning':
      return plural(count, l10n.t('1 warning'), l10n.t('{0} warnings', count));
    case 'note':
      return plural(count, l10n.t('1 note'), l10n.t('{0} notes', count));
  }
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
