import type { Chart, ChartConfiguration } from 'chart.js';
import { element, setAttribute, setText } from '../dom';
import { t } from '../strings';
import type { ThemeColours } from '../theme';
import { onThemeChange, themeColours } from '../theme';
import type { Tooltip, TooltipContent } from '../tooltip';
import { button } from '../ui/button';
import type { ViewStateStore } from '../viewState';
import { cursorLine } from './chartKit';
import { dataTable } from './dataTable';
import type { TableData } from './dataTable';

export interface LegendEntry {
  readonly colour: (colours: ThemeColours) => string;
  readonly text: string;
  /** How a line of this entry is drawn, so that its colour does not stand alone; left out for areas and bars. */
  readonly line?: 'solid' | 'dashed' | 'dotted';
}

/** One chart with everything that says the same in words. */
export interface ChartContent {
  readonly hint: string;
  readonly legend: readonly LegendEntry[];
  readonly chart: (colours: ThemeColours) => ChartConfiguration;
  readonly table: TableData;
  readonly points: number;
  /** Whether a point is a position on the axis, or one of the series stacked at every position. */
  readonly pointsAre?: 'positions' | 'series';
  /** What a point says when the pointer or the keyboard is on it. */
  readonly describe: (point: number) => Promise<TooltipContent> | TooltipContent;
  /** A click or Enter on a point; left out when points lead nowhere. */
  readonly pick?: (point: number) => void;
}

export interface ChartFrameOptions {
  readonly id: string;
  readonly title: string;
  readonly view: ViewStateStore;
  readonly tooltip: Tooltip;
}

/**
 * A chart and its table twin, with the button that swaps them. The canvas can be read point by point with the arrow keys; what
 * a point says is shown in the page's tooltip and spoken.
 */
export class ChartFrame {
  readonly root: HTMLElement;
  private readonly hint = element('span', { class: 'chart-hint' });
  private readonly legend = element('div', { class: 'chart-legend' });
  private readonly canvas = element('canvas', { attributes: { 'aria-hidden': 'true' } });
  private readonly plot: HTMLElement;
  private readonly twin = element('div', { class: 'chart-twin', attributes: { tabindex: '0', role: 'group' } });
  private readonly empty = element('p', { class: 'chart-empty' });
  private readonly spoken = element('div', { class: 'visually-hidden', attributes: { 'aria-live': 'polite' } });
  private readonly swap: HTMLElement;
  private readonly swapIcon: Element;
  private chart: Chart | null = null;
  private content: ChartContent | null = null;
  private cursor: number | null = null;
  private asTable: boolean;

  constructor(private readonly options: ChartFrameOptions) {
    const { id, title, view } = options;
    this.asTable = view.value.tables.includes(id);
    this.plot = element('div', { class: 'chart-plot', attributes: { role: 'group', 'aria-roledescription': 'chart', tabindex: '0', 'aria-label': t('chart.keys', title) } }, this.canvas);
    this.twin.setAttribute('aria-label', title);
    this.swap = button({ text: t('chart.showTable'), icon: 'table', look: 'icon', onClick: () => {
      this.setAsTable(!this.asTable);
    } });
    this.swapIcon = this.swap.querySelector('.codicon') ?? this.swap;
    this.root = element('section', { class: `chart chart-${id}`, attributes: { 'aria-label': title } },
      element('div', { class: 'chart-head' }, element('h3', { class: 'chart-title', text: title }), this.hint, this.swap), this.legend, this.plot, this.twin, this.empty, this.spoken);
    this.listen();
    onThemeChange(() => {
      this.rebuild();
    });
    this.arrange();
  }

  /** Draws this content; null with the reason why there is none. */
  show(content: ChartContent | null, emptyText = ''): void {
    this.content = content;
    this.cursor = null;
    setText(this.empty, emptyText);
    setText(this.hint, content?.hint ?? '');
    this.hint.title = content?.hint ?? '';
    this.draw();
  }

  private get frameIsChart(): boolean {
    return this.content !== null && !this.asTable;
  }

  private setAsTable(asTable: boolean): void {
    this.asTable = asTable;
    const { id, view } = this.options;
    view.update({ tables: [...view.value.tables.filter((other) => other !== id), ...(asTable ? [id] : [])] });
    this.draw();
  }

  private arrange(): void {
    const { content } = this;
    this.plot.hidden = !this.frameIsChart;
    this.legend.hidden = !this.frameIsChart || content?.legend.length === 0;
    this.twin.hidden = content === null || !this.asTable;
    this.empty.hidden = content !== null || this.empty.textContent === '';
    this.swap.hidden = content === null;
    // Nothing is known yet: a heading alone would look like a chart that failed.
    this.root.hidden = content === null && this.empty.textContent === '';
    this.swapIcon.className = `codicon codicon-${this.asTable ? 'graph' : 'table'}`;
    const label = t(this.asTable ? 'chart.showChart' : 'chart.showTable');
    setAttribute(this.swap, 'aria-label', label);
    setAttribute(this.swap, 'aria-pressed', String(this.asTable));
    this.swap.title = label;
  }

  private draw(): void {
    this.arrange();
    const { content } = this;
    if (content === null) return;
    if (this.asTable) this.twin.replaceChildren(dataTable(this.options.title, content.table));
    else void this.drawChart(content);
  }

  private async drawChart(content: ChartContent): Promise<void> {
    const { Chart } = await import('./chartLibrary');
    if (content !== this.content || !this.frameIsChart) return;
    const colours = themeColours();
    this.legend.replaceChildren(...content.legend.map(({ colour, text, line }) => {
      const swatch = element('span', { class: line === undefined ? 'swatch' : `swatch swatch-${line}`, attributes: { 'aria-hidden': 'true' } });
      if (line === undefined) swatch.style.backgroundColor = colour(colours);
      else swatch.style.borderColor = colour(colours);
      return element('span', { class: 'legend-entry' }, swatch, text);
    }));
    const configuration = content.chart(colours);
    // Plugins belong to a chart for life, and a chart is cheap to make beside drawing it.
    this.chart?.destroy();
    this.chart = new Chart(this.canvas, { ...configuration, plugins: [...(configuration.plugins ?? []), cursorLine(() => (content.pointsAre === 'series' ? null : this.cursor), colours.foreground)] });
  }

  private rebuild(): void {
    if (this.frameIsChart && this.root.isConnected) this.draw();
  }

  private listen(): void {
    this.plot.addEventListener('mousemove', (event) => {
      const point = this.pointAt(event);
      if (point !== null && point !== this.cursor) this.moveTo(point, { x: event.clientX + 12, y: event.clientY + 12 });
    });
    this.plot.addEventListener('mouseleave', () => {
      this.leave();
    });
    this.plot.addEventListener('blur', () => {
      this.leave();
    });
    this.plot.addEventListener('click', (event) => {
      const point = this.pointAt(event);
      if (point !== null) this.content?.pick?.(point);
    });
    this.plot.addEventListener('keydown', (event) => {
      if (this.onKey(event.key)) event.preventDefault();
    });
  }

  private pointAt(event: MouseEvent): number | null {
    const { chart } = this;
    if (chart === null) return null;
    if (this.content?.pointsAre === 'series') return chart.getElementsAtEventForMode(event, 'point', { intersect: true }, false)[0]?.datasetIndex ?? null;
    return chart.getElementsAtEventForMode(event, 'index', { intersect: false, axis: chart.options.indexAxis ?? 'x' }, false)[0]?.index ?? null;
  }

  private onKey(key: string): boolean {
    const { content } = this;
    if (content === null || content.points === 0) return false;
    const last = content.points - 1;
    const at = this.cursor ?? -1;
    switch (key) {
      case 'ArrowRight':
      case 'ArrowDown': this.readPoint(Math.min(last, at + 1)); return true;
      case 'ArrowLeft':
      case 'ArrowUp': this.readPoint(Math.max(0, at - 1)); return true;
      case 'Home': this.readPoint(0); return true;
      case 'End': this.readPoint(last); return true;
      case 'Enter':
        if (this.cursor !== null) content.pick?.(this.cursor);
        return true;
      default: return false;
    }
  }

  private readPoint(point: number): void {
    const drawn = this.content?.pointsAre === 'series' ? this.chart?.getDatasetMeta(point).data[0] : this.chart?.getDatasetMeta(0).data[point];
    const box = this.canvas.getBoundingClientRect();
    this.moveTo(point, { x: box.left + (drawn?.x ?? 0) + 12, y: box.top + 24 });
    void Promise.resolve(this.content?.describe(point) ?? '').then((content) => {
      setText(this.spoken, typeof content === 'string' ? content : [content.title, ...content.lines.map((line) => line.join(': '))].join(', '));
    }, () => undefined);
  }

  private moveTo(point: number, at: { readonly x: number; readonly y: number }): void {
    const { content } = this;
    if (content === null) return;
    this.cursor = point;
    this.chart?.draw();
    this.options.tooltip.wish({ anchor: this.plot, content: () => content.describe(point) }, at);
  }

  private leave(): void {
    this.cursor = null;
    this.chart?.draw();
    this.options.tooltip.leave();
  }
}
