import type { WebviewApi } from './host';

/** Version of the record below. A record of another version is ignored: it only holds how the page was arranged. */
const VERSION = 1;
/** More toggled scopes than anyone opens by hand; bounds what is written on every change. */
const MAX_TOGGLED = 2000;
/** VS Code keeps this record with the window; a megabyte of selection would slow every restart. */
const MAX_SELECTED = 2000;

export type SortKey = 'name' | 'op' | 'parameters' | 'weightBytes' | 'macs' | 'sqnrDb' | 'bytesAfter';

export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

export type PageView = 'layers' | 'result';
export const OVERVIEW_TABS = ['layers', 'memory', 'operators'] as const;
export type OverviewTab = (typeof OVERVIEW_TABS)[number];
export const DETAIL_TABS = ['weights', 'channels', 'formats', 'errors', 'cost'] as const;
export type DetailTab = (typeof DETAIL_TABS)[number];

/** How the page is arranged: never data, which the host owns. */
export interface ViewState {
  readonly scrollTop: number;
  /** Keys of scopes that are not in their default state. */
  readonly toggled: readonly string[];
  readonly sort: Sort | null;
  readonly filter: string;
  /** Row keys. */
  readonly selection: readonly string[];
  readonly active: string | null;
  readonly view: PageView;
  readonly tab: DetailTab;
  readonly overview: OverviewTab;
  /** Ids of charts that are shown as tables. */
  readonly tables: readonly string[];
  readonly detailsOpen: boolean;
  /** Shares that the panel beside the table and the charts below it take; null: the usual ones. */
  readonly detailShare: number | null;
  readonly chartsShare: number | null;
}

export const INITIAL_VIEW_STATE: ViewState = {
  scrollTop: 0, toggled: [], sort: null, filter: '', selection: [], active: null, view: 'layers', tab: 'weights', overview: 'layers', tables: [], detailsOpen: false, detailShare: null, chartsShare: null,
};

/** Reads and writes the view state. Writes are put off to an idle moment, and nothing is read twice. */
export class ViewStateStore {
  private current: ViewState;
  private timer = 0;

  constructor(private readonly api: Pick<WebviewApi, 'getState' | 'setState'>) {
    this.current = restore(api.getState());
  }

  get value(): ViewState {
    return this.current;
  }

  update(change: Partial<ViewState>): void {
    this.current = { ...this.current, ...change };
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.flush();
    }, 200);
  }

  flush(): void {
    const { toggled, selection } = this.current;
    this.api.setState({ ...this.current, version: VERSION, toggled: toggled.slice(0, MAX_TOGGLED), selection: selection.slice(0, MAX_SELECTED) });
  }
}

/** A stored record, or the initial one when there is none or another version wrote it. */
export function restore(stored: unknown): ViewState {
  if (typeof stored !== 'object' || stored === null || !('version' in stored) || stored.version !== VERSION) return INITIAL_VIEW_STATE;
  return { ...INITIAL_VIEW_STATE, ...stored };
}
