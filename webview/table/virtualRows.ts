/** Height of a row in pixels; the same as in VS Code's own lists and in `table.css`. */
export const ROW_HEIGHT = 22;
/** Rows drawn beyond each edge, so that a fast scroll shows no gap before the next frame. */
const OVERSCAN = 3;
/** Browsers stop laying out elements at about 33 million pixels; beyond that the list could not be scrolled to its end. */
export const MAX_ROWS = Math.floor(33_000_000 / ROW_HEIGHT);

/** A drawn row: an element that can be made to show another row. */
export interface RowElement<Row> {
  readonly root: HTMLElement;
  update(row: Row, index: number): void;
}

/**
 * Draws only the rows on screen, plus the one that has the focus: an element that left the page would lose it. Rows
 * that scroll out give their element to rows that scroll in.
 */
export class VirtualRows<Row> {
  private rows: readonly Row[] = [];
  private readonly drawn = new Map<string, RowElement<Row>>();
  private readonly body: HTMLElement;
  private firstShown = 0;
  private lastShown = -1;

  constructor(
    private readonly scroller: HTMLElement,
    body: HTMLElement,
    private readonly header: HTMLElement,
    private readonly keyOf: (row: Row) => string,
    private readonly create: () => RowElement<Row>,
    /** Key of the row that must stay drawn. */
    private readonly pinned: () => string | null,
    private readonly onRange: (first: number, last: number) => void,
  ) {
    this.body = body;
    scroller.addEventListener('scroll', () => {
      this.draw(false);
    });
    new ResizeObserver(() => {
      this.draw(false);
    }).observe(scroller);
  }

  setRows(rows: readonly Row[]): void {
    this.rows = rows.length > MAX_ROWS ? rows.slice(0, MAX_ROWS) : rows;
    this.body.style.height = `${this.rows.length * ROW_HEIGHT}px`;
    this.draw(true);
  }

  /** Draws again what is on screen, because figures or the selection changed. */
  refresh(): void {
    this.draw(true);
  }

  elementOf(key: string): HTMLElement | undefined {
    return this.drawn.get(key)?.root;
  }

  /** Rows that fit on the screen at once. */
  get pageSize(): number {
    return Math.max(1, Math.floor(this.viewHeight / ROW_HEIGHT) - 1);
  }

  scrollTo(index: number): void {
    const top = index * ROW_HEIGHT;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (top + ROW_HEIGHT > this.scroller.scrollTop + this.viewHeight) this.scroller.scrollTop = top + ROW_HEIGHT - this.viewHeight;
    this.draw(false);
  }

  private get viewHeight(): number {
    return Math.max(0, this.scroller.clientHeight - this.header.offsetHeight);
  }

  private draw(always: boolean): void {
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / ROW_HEIGHT));
    const last = Math.min(this.rows.length - 1, Math.floor((this.scroller.scrollTop + this.viewHeight) / ROW_HEIGHT));
    if (!always && first === this.firstShown && last === this.lastShown) return;
    this.firstShown = first;
    this.lastShown = last;
    const wanted = this.wantedIndexes(first, last);
    const free = this.release(wanted);
    for (const [key, index] of wanted) {
      const row = this.rows[index]!;
      const kept = this.drawn.get(key);
      // First in, first out: on a jump every element keeps its place in the document.
      const drawn = kept ?? free.shift() ?? this.add();
      this.drawn.set(key, drawn);
      if (always || kept === undefined) {
        drawn.update(row, index);
        drawn.root.style.transform = `translateY(${index * ROW_HEIGHT}px)`;
      }
    }
    for (const unused of free) unused.root.remove();
    this.order(wanted.keys());
    this.onRange(first, last);
  }

  /** Puts the elements into the order in which they are read, without moving the one that has the focus, which would lose it. */
  private order(keys: Iterable<string>): void {
    const focused = document.activeElement?.closest('[role=row]') ?? null;
    let next = this.body.firstChild;
    for (const key of keys) {
      const element = this.drawn.get(key)!.root;
      while (next !== null && next !== element && element === focused) {
        const passed: ChildNode = next;
        next = next.nextSibling;
        this.body.append(passed);
      }
      if (next === element) next = element.nextSibling;
      else this.body.insertBefore(element, next);
    }
  }

  private wantedIndexes(first: number, last: number): Map<string, number> {
    const wanted = new Map<string, number>();
    for (let index = Math.max(0, first - OVERSCAN); index <= Math.min(this.rows.length - 1, last + OVERSCAN); index += 1) {
      wanted.set(this.keyOf(this.rows[index]!), index);
    }
    const pinned = this.pinned();
    const index = pinned === null || wanted.has(pinned) ? -1 : this.rows.findIndex((row) => this.keyOf(row) === pinned);
    if (pinned === null || index < 0) return wanted;
    // In the order of the rows, so that the pinned one is read where it belongs.
    return index < first ? new Map([[pinned, index], ...wanted]) : wanted.set(pinned, index);
  }

  private release(wanted: ReadonlyMap<string, number>): RowElement<Row>[] {
    const free: RowElement<Row>[] = [];
    for (const [key, element] of this.drawn) {
      if (wanted.has(key)) continue;
      this.drawn.delete(key);
      free.push(element);
    }
    return free;
  }

  private add(): RowElement<Row> {
    const made = this.create();
    this.body.append(made.root);
    return made;
  }
}
