import { SEVERITIES } from '../audit/finding';
import type { AuditReport, Finding, Severity } from '../audit/finding';
import { RULES } from '../audit/table';
import { visible } from '../format/visible';
import type { Style } from './style';
import type { Terminal } from './terminal';

/** Findings of one rule that are listed; a large model has one for each layer, and `--json` has them all. */
const MAX_SHOWN = 12;

/** The findings by rule, worst first: what is there layer by layer, then what comes of it and what to do, once where they are the same. */
export function auditText({ findings }: AuditReport, { style }: Terminal): string {
  if (findings.length === 0) return 'No findings.\n';
  const groups = SEVERITIES.flatMap((severity) =>
    RULES.flatMap(({ id, title }) => {
      const found = findings.filter((finding) => finding.rule === id && finding.severity === severity);
      return found.length === 0 ? [] : [groupText(title, severity, found, style)];
    }),
  );
  return `${groups.join('\n')}\n${style.bold(countsText(findings))}\n`;
}

function groupText(title: string, severity: Severity, found: readonly Finding[], style: Style): string {
  const lines = [`${severityText(severity, style)} ${style.bold(title)} ${style.faint(`(${found[0]!.rule})`)}`];
  for (const { node, reason } of found.slice(0, MAX_SHOWN)) lines.push(`  ${node === null ? '' : `${visible(node)}: `}${visible(reason)}`);
  if (found.length > MAX_SHOWN) lines.push(style.faint(`  and ${found.length - MAX_SHOWN} more; --json lists them all`));
  for (const consequence of distinct(found, ({ consequence: text }) => text)) lines.push(`  ${style.faint('→')} ${visible(consequence)}`);
  for (const remedy of distinct(found, ({ remedy: text }) => text)) lines.push(`  ${style.faint('Remedy:')} ${visible(remedy)}`);
  for (const fix of distinct(found, ({ fix: text }) => text ?? '').filter((text) => text !== '')) lines.push(`  ${style.faint('--repair FILE:')} ${visible(fix)}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** Different texts that are told of one group at most. */
const MAX_DISTINCT = 3;

function distinct(found: readonly Finding[], text: (finding: Finding) => string): readonly string[] {
  return [...new Set(found.map(text))].slice(0, MAX_DISTINCT);
}

function severityText(severity: Severity, style: Style): string {
  switch (severity) {
    case 'error':
      return style.error('error:');
    case 'warning':
      return style.warning('warning:');
    case 'note':
      return style.faint('note:');
  }
}

function countsText(findings: readonly Finding[]): string {
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  return SEVERITIES.map((severity) => `${count(severity)} ${severity}${count(severity) === 1 ? '' : 's'}`).join(', ');
}
