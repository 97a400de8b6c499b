import { visible } from '../format/visible';
import { displayWidth, shorten } from '../format/displayWidth';
import type { Style } from './style';

export interface TextColumn<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  text(row: Row): string;
  /** Columns with a larger number are left out first when the terminal is narrow; 0 stays. */
  readonly dispensable: number;
  /** Longer texts are shortened, whatever the terminal's width. */
  readonly maxWidth?: number;
}

export interface TextTableOptions<Row> {
  /** Columns of the terminal; Infinity when the output is no terminal. */
  readonly width: number;
  readonly style: Style;
  /** Rows that stand for others, such as subtotals. */
  readonly isHeading?: (row: Row) => boolean;
  /** Rows below a line, such as totals. */
  readonly footer?: readonly Row[];
}

const GAP = '  ';
/** The first column is never narrower. */
const MIN_FIRST_COLUMN = 16;
/** Other columns make way until the first one has this much: names that are cut shorter look alike. */
const GOOD_FIRST_COLUMN = 36;

/** A table for people: aligned columns, the first one shortened where the terminal is too narrow. */
export function textTable<Row>(columns: readonly TextColumn<Row>[], rows: readonly Row[], { width, style, isHeading = () => false, footer = [] }: TextTableOptions<Row>): string {
  const all = [...rows, ...footer];
  const widths = new Map(columns.map((column) => [column, widthOf(column, all)]));
  const [first, ...others] = fitting(columns, widths, width);
  if (first === undefined) return '';
  const rest = others.reduce((sum, column) => sum + GAP.length + widths.get(column)!, 0);
  widths.set(first, Math.min(widths.get(first)!, Math.max(MIN_FIRST_COLUMN, width - rest)));

  const shown = [first, ...others];
  const line = (cells: readonly string[]): string => cells.join(GAP).trimEnd();
  const cell = (column: TextColumn<Row>, text: string): string => pad(shorten(text, widths.get(column)!), widths.get(column)!, column.align);
  const rule = '─'.repeat(shown.reduce((sum, column) => sum + GAP.length + widths.get(column)!, -GAP.length));
  const rowLine = (row: Row): string => line(shown.map((column) => cell(column, visible(column.text(row)))));
  return [
    style.bold(line(shown.map((column) => cell(column, column.title)))),
    style.faint(rule),
    ...rows.map((row) => (isHeading(row) ? style.bold(rowLine(row)) : rowLine(row))),
    ...(footer.length > 0 ? [style.faint(rule), ...footer.map((row) => style.bold(rowLine(row)))] : []),
  ].map((text) => `${text}\n`).join('');
}

function widthOf<Row>(column: TextColumn<Row>, rows: readonly Row[]): number {
  const widest = rows.reduce((width, row) => Math.max(width, displayWidth(visible(column.text(row)))), displayWidth(column.title));
  return Math.min(widest, column.maxWidth ?? Infinity);
}

function fitting<Row>(columns: readonly TextColumn<Row>[], widths: ReadonlyMap<TextColumn<Row>, number>, width: number): readonly TextColumn<Row>[] {
  let shown = columns;
  const first = Math.min(GOOD_FIRST_COLUMN, columns[0] ? widths.get(columns[0])! : 0);
  const needed = (): number => shown.slice(1).reduce((sum, column) => sum + GAP.length + widths.get(column)!, first);
  while (needed() > width) {
    const least = Math.max(...shown.map(({ dispensable }) => dispensable));
    if (least === 0) break;
    shown = shown.filter(({ dispensable }) => dispensable !== least);
  }
  return shown;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + blanks : blanks + text;
}
