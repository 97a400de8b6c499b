/**
 * Which rows are selected, by key, so that sorting and filtering keep it. One row is active: the one that has the
 * focus and that the detail panel shows; the anchor is where a range selection starts.
 */
export class Selection {
  private selected: ReadonlySet<string>;
  private anchor: string | null;

  constructor(
    keys: readonly string[] = [],
    private current: string | null = null,
  ) {
    this.selected = new Set(keys);
    this.anchor = current;
  }

  get active(): string | null {
    return this.current;
  }

  get keys(): ReadonlySet<string> {
    return this.selected;
  }

  has(key: string): boolean {
    return this.selected.has(key);
  }

  /** Selects this row alone. */
  select(key: string): void {
    this.selected = new Set([key]);
    this.anchor = key;
    this.current = key;
  }

  /** Adds or removes one row. */
  toggle(key: string): void {
    const keys = new Set(this.selected);
    if (!keys.delete(key)) keys.add(key);
    this.selected = keys;
    this.anchor = key;
    this.current = key;
  }

  /** Selects everything between the anchor and this row, in the order of `keys`. */
  extendTo(key: string, keys: readonly string[]): void {
    const to = keys.indexOf(key);
    const from = this.anchor === null ? to : keys.indexOf(this.anchor);
    this.selected = new Set(from < 0 ? [key] : keys.slice(Math.min(from, to), Math.max(from, to) + 1));
    this.current = key;
  }

  selectAll(keys: readonly string[]): void {
    this.selected = new Set(keys);
    this.current ??= keys[0] ?? null;
  }

  /** Moves the focus without changing what is selected. */
  moveTo(key: string | null): void {
    this.current = key;
  }

  clear(): void {
    this.selected = new Set();
    this.anchor = null;
  }
}
