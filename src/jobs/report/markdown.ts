import { type Column, markdownText, toMarkdownTable } from '../../format/dataTable';
import type { Report } from './records';
import type { Section, WrittenTable } from './sections';
import { sectionsOf } from './sections';

/** A report in Markdown, without its charts. */
export function markdownReport(report: Report): string {
  return `# ${markdownText(report.model.file)}\n\n${sectionsOf(report, Infinity).map(sectionText).join('\n')}`;
}

function sectionText({ title, text, facts, tables }: Section): string {
  const parts = [
    text.map((paragraph) => `${markdownText(paragraph)}\n`).join('\n'),
    facts.map(([label, value]) => `- **${markdownText(label)}**: ${markdownText(value)}\n`).join(''),
    ...tables.map(tableText),
  ];
  return [`## ${title}\n`, ...parts.filter((part) => part !== '')].join('\n');
}

function tableText({ columns, rows }: WrittenTable): string {
  const written = columns.map(({ title, align }, index): Column<readonly string[]> => ({ title, align, field: '', text: (row) => row[index]!, value: (row) => row[index]! }));
  return toMarkdownTable(written, rows);
}
