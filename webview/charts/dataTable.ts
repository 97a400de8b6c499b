import { element } from '../dom';
import { shorten } from '../table/rowView';

export interface TableColumn {
  readonly title: string;
  readonly numeric?: boolean;
}

export interface TableData {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly (string | Node)[])[];
}

/** More rows than a chart has points; a table twin is drawn whole. */
const MAX_ROWS = 1000;

/** A plain table, as the twin of a chart or by itself. */
export function dataTable(label: string, data: TableData): HTMLTableElement {
  const head = element('tr', {}, ...data.columns.map(({ title, numeric }) => element('th', { text: title, class: numeric === true ? 'numeric' : '', attributes: { scope: 'col' } })));
  const body = data.rows.slice(0, MAX_ROWS).map((row) => element('tr', {}, ...row.map((cell, index) => {
    const made = element('td', { class: data.columns[index]?.numeric === true ? 'numeric' : '' }, typeof cell === 'string' ? shorten(cell) : cell);
    if (typeof cell === 'string' && cell.length > 24) made.title = shorten(cell);
    return made;
  })));
  return element('table', { class: 'data-table', attributes: { 'aria-label': label } }, element('thead', {}, head), element('tbody', {}, ...body));
}
