import { visible } from './visible';

/** One column of a table of rows, in the three ways in which it can be written. */
export interface Column<Row> {
  /** For people. */
  readonly title: string;
  /** For programs. */
  readonly field: string;
  readonly align: 'left' | 'right';
  /** Formatted, with its unit. */
  text(row: Row): string;
  /** The bare value; null: unknown. */
  value(row: Row): string | number | boolean | null;
}

/**
 * Comma-separated values (RFC 4180) with bare numbers; unknown ones are empty. A text that a spreadsheet would take for a
 * formula, as names in a model from anywhere can be, gets an apostrophe in front, which spreadsheets do not show.
 */
export function toCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(({ field }) => field), ...rows.map((row) => columns.map((column) => csvValue(column.value(row))))];
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

/** A table in GitHub's Markdown. */
export function toMarkdownTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === 'right' ? '--:' : '---'))),
    ...rows.map((row) => line(columns.map((column) => markdownText(column.text(row))))),
  ].join('');
}

/** Text that means itself in a Markdown document, escaped only where needed: the source is read by people, too. */
export function markdownText(text: string): string {
  return visible(text).replace(/[\\`*_[\]<>|~$&]/g, '\\$&').replace(/:(?=\/\/)|(?<=www)\./gi, '\\$&');
}

function csvValue(value: string | number | boolean | null): string {
  if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return '';
  return typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
