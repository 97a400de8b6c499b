import { element } from '../dom';

/** How far one arrow key moves a splitter, in pixels. */
const KEY_STEP = 24;

export interface SplitterOptions {
  readonly label: string;
  /** The side of the pane that the splitter sizes: a pane on the right has its splitter on its left. */
  readonly pane: 'right' | 'below';
  /** The custom property of the element around both panes that the style sheet takes the pane's size from. */
  readonly property: string;
  /** Least sizes in pixels of the pane and of what is beside it. */
  readonly least: { readonly pane: number; readonly rest: number };
  /** Share of the container that the pane takes; null: as the style sheet has it. */
  readonly share: number | null;
  readonly onResize: (share: number | null) => void;
}

/**
 * A line between two panes that can be dragged, or moved with the arrow keys, Home and End. A double click or Enter gives the
 * pane its usual size back. Sizes are kept as shares, so that they still fit when the editor gets narrower.
 */
export class Splitter {
  readonly root: HTMLElement;
  private share: number | null;

  constructor(private readonly options: SplitterOptions) {
    this.share = options.share;
    this.root = element('div', { class: `splitter splitter-${options.pane}`, attributes: {
      role: 'separator', tabindex: '0', 'aria-label': options.label, 'aria-orientation': options.pane === 'right' ? 'vertical' : 'horizontal', 'aria-valuemin': '0', 'aria-valuemax': '100', 'aria-valuenow': '0',
    } });
    this.root.addEventListener('pointerdown', (event) => {
      this.drag(event);
    });
    this.root.addEventListener('dblclick', () => {
      this.set(null);
    });
    this.root.addEventListener('keydown', (event) => {
      if (!this.onKey(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    // The size is known once the panes have been laid out, and is another when the editor is.
    new ResizeObserver(() => {
      this.announce();
    }).observe(this.root);
  }

  /** Gives the pane the size that was kept. Call when the splitter stands between its panes. */
  restore(): void {
    this.write();
  }

  private get box(): DOMRect {
    return (this.root.parentElement ?? this.root).getBoundingClientRect();
  }

  private get extent(): number {
    const { box } = this;
    return this.options.pane === 'right' ? box.width : box.height;
  }

  /** The pane's size in pixels as it is drawn now. */
  private get size(): number {
    const { box } = this;
    const own = this.root.getBoundingClientRect();
    return this.options.pane === 'right' ? box.right - (own.left + own.right) / 2 : box.bottom - (own.top + own.bottom) / 2;
  }

  private drag(event: PointerEvent): void {
    if (event.button !== 0) return;
    const { pane } = this.options;
    this.root.setPointerCapture(event.pointerId);
    const dragging = new AbortController();
    const { signal } = dragging;
    this.root.addEventListener('pointermove', (move) => {
      const { box } = this;
      this.resize(pane === 'right' ? box.right - move.clientX : box.bottom - move.clientY);
    }, { signal });
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) {
      this.root.addEventListener(end, () => {
        dragging.abort();
      }, { signal });
    }
  }

  private onKey(key: string): boolean {
    const { pane, least } = this.options;
    const [grow, shrink] = pane === 'right' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
    if (key === grow) this.resize(this.size + KEY_STEP);
    else if (key === shrink) this.resize(this.size - KEY_STEP);
    else if (key === 'Home') this.resize(least.pane);
    else if (key === 'End') this.resize(this.extent - least.rest);
    else if (key === 'Enter') this.set(null);
    else return false;
    return true;
  }

  private resize(size: number): void {
    const { extent } = this;
    const { least } = this.options;
    if (extent > 0) this.set(Math.max(least.pane, Math.min(size, extent - least.rest)) / extent);
  }

  private set(share: number | null): void {
    this.share = share;
    this.write();
    this.options.onResize(share);
  }

  private write(): void {
    const style = this.root.parentElement?.style;
    if (this.share === null) style?.removeProperty(this.options.property);
    else style?.setProperty(this.options.property, `${(this.share * 100).toFixed(2)}%`);
    this.announce();
  }

  private announce(): void {
    const { extent } = this;
    if (extent > 0) this.root.setAttribute('aria-valuenow', String(Math.round((this.size / extent) * 100)));
  }
}
