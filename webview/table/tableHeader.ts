import { element, icon, setAttribute, setText } from '../dom';
import { t } from '../strings';
import type { Sort, SortKey } from '../viewState';
import type { Column, ColumnId } from './columns';
import { COLUMNS } from './columns';

/** The row of column titles: each sortable one is a button that goes from first order to second to the model's own. */
export class TableHeader {
  readonly root = element('div', { class: 'header-row', attributes: { role: 'row', 'aria-rowindex': '1' } });
  private readonly titles = new Map<ColumnId, HTMLElement>();
  private readonly cells = new Map<ColumnId, HTMLElement>();

  constructor(private readonly onSort: (sort: Sort | null) => void, private sort: Sort | null) {
    for (const column of COLUMNS) this.root.append(this.cell(column));
    this.setSort(sort);
  }

  setSort(sort: Sort | null): void {
    this.sort = sort;
    for (const column of COLUMNS) {
      const sorted = sort !== null && column.sort === sort.key;
      const cell = this.cells.get(column.id)!;
      setAttribute(cell, 'aria-sort', column.sort === null ? null : sorted ? (sort.descending ? 'descending' : 'ascending') : 'none');
      cell.classList.toggle('sorted', sorted);
      cell.classList.toggle('descending', sorted && sort.descending);
    }
  }

  /** The unit of a column stands in its title. */
  setUnit(id: ColumnId, unit: string): void {
    const title = t(COLUMNS.find((column) => column.id === id)!.title);
    setText(this.titles.get(id)!, unit === '' ? title : t('column.withUnit', title, unit));
  }

  private cell(column: Column): HTMLElement {
    const title = element('span', { class: 'header-title', text: t(column.title) });
    const cell = element('div', { class: `cell cell-${column.id}${column.numeric ? ' numeric' : ''}`, attributes: { role: 'columnheader', 'aria-colindex': String(COLUMNS.indexOf(column) + 1) } });
    this.titles.set(column.id, title);
    this.cells.set(column.id, cell);
    const { sort } = column;
    if (sort === null) cell.append(title);
    else {
      const button = element('button', { class: 'header-button', attributes: { type: 'button', tabindex: '0' } }, title, icon('arrow-up'));
      button.addEventListener('click', () => {
        this.onSort(nextSort(this.sort, sort, column.numeric));
      });
      cell.append(button);
    }
    return cell;
  }
}

function nextSort(current: Sort | null, key: SortKey, numeric: boolean): Sort | null {
  if (current?.key !== key) return { key, descending: numeric };
  return current.descending === numeric ? { key, descending: !numeric } : null;
}
