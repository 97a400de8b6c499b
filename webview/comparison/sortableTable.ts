import type { ComparedRow, ComparisonState } from '../../src/extension/comparisonApi';
import { element, icon, setAttribute } from '../dom';
import { shorten } from '../table/rowView';

/** A table whose columns sort when their headings are pressed: down, up, and back to the order of the model. */
export function sortableTable(label: string, columns: ComparisonState['columns'], rows: readonly ComparedRow[]): HTMLTableElement {
  const drawn = rows.map(({ cells }) => element('tr', {}, ...cells.map((cell, index) => element('td', { class: columns[index]!.numeric ? 'numeric' : '', text: shorten(cell), attributes: cell.length > 24 ? { title: shorten(cell) } : {} }))));
  const body = element('tbody', {}, ...drawn);
  let sorted: { readonly column: number; readonly descending: boolean } | null = null;
  const marks = columns.map(() => icon('blank'));
  const buttons = columns.map(({ title }, index) => {
    const button = element('button', { class: 'sort-button', attributes: { type: 'button' } }, document.createTextNode(title), marks[index]!);
    button.addEventListener('click', () => {
      sorted = sorted?.column !== index ? { column: index, descending: columns[index]!.numeric } : sorted.descending === columns[index]!.numeric ? { column: index, descending: !sorted.descending } : null;
      arrange();
    });
    return button;
  });
  const heads = columns.map(({ numeric }, index) => element('th', { class: numeric ? 'numeric' : '', attributes: { scope: 'col' } }, buttons[index]!));

  function arrange(): void {
    heads.forEach((head, index) => {
      const own = sorted?.column === index ? sorted : null;
      setAttribute(head, 'aria-sort', own === null ? 'none' : own.descending ? 'descending' : 'ascending');
      marks[index]!.className = `codicon codicon-${own === null ? 'blank' : own.descending ? 'arrow-down' : 'arrow-up'}`;
    });
    const order = sorted === null ? [...rows.keys()] : sortedOrder(rows, sorted.column, sorted.descending);
    body.replaceChildren(...order.map((row) => drawn[row]!));
  }
  arrange();
  return element('table', { class: 'data-table', attributes: { 'aria-label': label } }, element('thead', {}, element('tr', {}, ...heads)), body);
}

/** Positions of the rows in order of one column; equal ones stay as they are, unknown ones are last either way. */
function sortedOrder(rows: readonly ComparedRow[], column: number, descending: boolean): readonly number[] {
  const up = descending ? -1 : 1;
  return [...rows.keys()].sort((a, b) => {
    const [x, y] = [rows[a]!.values[column] ?? null, rows[b]!.values[column] ?? null];
    if (x === null || y === null) return x === y ? a - b : x === null ? 1 : -1;
    if (x === y) return a - b;
    const less = typeof x === 'number' && typeof y === 'number' ? x < y : String(x) < String(y);
    return less ? -up : up;
  });
}
