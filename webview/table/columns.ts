import type { StringKey } from '../strings';
import type { SortKey } from '../viewState';

export type ColumnId = 'name' | 'op' | 'output' | 'parameters' | 'weightBytes' | 'macs' | 'format' | 'sqnrDb' | 'bytesAfter';

export interface Column {
  readonly id: ColumnId;
  readonly title: StringKey;
  /** Null: the column cannot be sorted by. */
  readonly sort: SortKey | null;
  /** Figures stand right and sort downwards first. */
  readonly numeric: boolean;
  /** Draws a bar behind its figure. */
  readonly bar: boolean;
}

/** In the order in which they stand. Adding a column: one line here, its text in `cells.ts`, its width in `table.css`. */
export const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'column.name', sort: 'name', numeric: false, bar: false },
  { id: 'op', title: 'column.op', sort: 'op', numeric: false, bar: false },
  { id: 'output', title: 'column.output', sort: null, numeric: false, bar: false },
  { id: 'parameters', title: 'column.parameters', sort: 'parameters', numeric: true, bar: false },
  { id: 'weightBytes', title: 'column.weightBytes', sort: 'weightBytes', numeric: true, bar: true },
  { id: 'macs', title: 'column.macs', sort: 'macs', numeric: true, bar: true },
  { id: 'format', title: 'column.format', sort: null, numeric: false, bar: false },
  { id: 'sqnrDb', title: 'column.sqnrDb', sort: 'sqnrDb', numeric: true, bar: false },
  { id: 'bytesAfter', title: 'column.bytesAfter', sort: 'bytesAfter', numeric: true, bar: true },
];
