import { shorten } from '../../format/displayWidth';
import { formatBytes, formatCount } from '../../format/numbers';
import { escapeHtml } from './escape';

export interface BarChart {
  readonly kind: 'bars';
  readonly title: string;
  readonly unit: 'bytes' | 'count';
  readonly items: readonly { readonly label: string; readonly value: number }[];
}

export interface LineChart {
  readonly kind: 'lines';
  readonly title: string;
  readonly unit: 'bytes' | 'count';
  /** At most as many as there are line styles in the page's rules: three. */
  readonly series: readonly { readonly label: string; readonly values: readonly number[] }[];
  readonly marker: { readonly at: number; readonly label: string };
}

export type Chart = BarChart | LineChart;

/** Inside of a drawing, in its own units; the page scales it to its width. */
const WIDTH = 960;
const HEIGHT = 260;
const LEFT = 72;
const TOP = 16;
const BOTTOM = 28;
const PLOT_WIDTH = WIDTH - LEFT - 8;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;

/** Bars and points beyond what a screen can tell apart would only make the file large: neighbours share one, which shows the largest. */
export const MAX_MARKS = 480;

/** A chart as SVG with a title; empty without data. */
export function chartSvg(chart: Chart): string {
  return chart.kind === 'bars' ? barsSvg(chart) : linesSvg(chart);
}

function barsSvg({ title, unit, items }: BarChart): string {
  if (items.length === 0) return '';
  const top = scaleTop(items.reduce((most, { value }) => Math.max(most, value), 0));
  const groups = grouped(items.length);
  const slot = PLOT_WIDTH / groups.length;
  const width = Math.max(1, slot * 0.8);
  const format = unit === 'bytes' ? formatBytes : formatCount;
  const bars = groups.map(([start, end], index) => {
    const largest = items.slice(start, end).reduce((best, item) => (item.value > best.value ? item : best));
    const height = Math.max(1, (largest.value / top) * PLOT_HEIGHT);
    const others = end - start > 1 ? `, the largest of ${String(end - start)}` : '';
    return `<rect class="bar" x="${round(LEFT + index * slot + (slot - width) / 2)}" y="${round(TOP + PLOT_HEIGHT - height)}" width="${round(width)}" height="${round(height)}"><title>${escapeHtml(`${largest.label}: ${format(largest.value)}${others}`)}</title></rect>`;
  });
  return drawing(title, `${axis(top, format)}${bars.join('')}${caption(`${String(items.length)} layers in order of execution`)}`);
}

function linesSvg({ title, unit, series, marker }: LineChart): string {
  const count = series[0]?.values.length ?? 0;
  if (count === 0) return '';
  const top = scaleTop(series.reduce((most, { values }) => values.reduce((high, value) => Math.max(high, value), most), 0));
  const groups = grouped(count);
  const format = unit === 'bytes' ? formatBytes : formatCount;
  const slot = PLOT_WIDTH / groups.length;
  const y = (value: number): number => TOP + PLOT_HEIGHT - (value / top) * PLOT_HEIGHT;
  const lines = series.map(({ label, values }, index) => {
    const highest = groups.map(([start, end]) => values.slice(start, end).reduce((most, value) => Math.max(most, value), 0));
    const path = highest.map((value, at) => `${at === 0 ? 'M' : 'L'}${round(LEFT + at * slot)} ${round(y(value))}H${round(LEFT + (at + 1) * slot)}`).join('');
    return `<path class="line line${String(index)}" d="${path}"><title>${escapeHtml(label)}</title></path>`;
  });
  const at = groups.findIndex(([start, end]) => marker.at >= start && marker.at < end);
  const x = LEFT + (at + 0.5) * slot;
  const high = y(series[0]!.values[marker.at] ?? 0);
  const toTheLeft = x > LEFT + PLOT_WIDTH / 2;
  const point = `<circle class="peak" cx="${round(x)}" cy="${round(high)}" r="4"/><text class="label" x="${round(x + (toTheLeft ? -8 : 8))}" y="${round(Math.max(TOP + 10, high - 4))}" text-anchor="${toTheLeft ? 'end' : 'start'}">${escapeHtml(shorten(marker.label, MAX_LABEL))}</text>`;
  const legend = series.map(({ label }, index) => `<g transform="translate(${String(LEFT + 12 + index * 130)},${String(HEIGHT - 8)})"><path class="line line${String(index)}" d="M0 -4H24"/><text class="label" x="30">${escapeHtml(label)}</text></g>`);
  return drawing(title, `${axis(top, format)}${lines.join('')}${point}${legend.join('')}`);
}

function drawing(title: string, content: string): string {
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><svg viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" role="img" aria-label="${escapeHtml(title)}">${content}</svg></figure>`;
}

function axis(top: number, format: (value: number) => string): string {
  const steps = [0, 0.25, 0.5, 0.75, 1];
  return steps.map((share) => {
    const y = round(TOP + PLOT_HEIGHT * (1 - share));
    return `<path class="grid" d="M${String(LEFT)} ${y}H${String(WIDTH - 8)}"/><text class="tick" x="${String(LEFT - 8)}" y="${y}" dy="4" text-anchor="end">${escapeHtml(share === 0 ? '0' : format(top * share))}</text>`;
  }).join('');
}

function caption(text: string): string {
  return `<text class="label" x="${String(LEFT)}" y="${String(HEIGHT - 8)}">${escapeHtml(text)}</text>`;
}

/** The least of 1, 2, 4, 6 or 8 × 10ⁿ that covers the value: quarters of it are short numbers. */
function scaleTop(most: number): number {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 4, 6, 8, 10].find((factor) => factor * power >= most) ?? 10) * power;
}

/** Ranges of neighbours that share a mark. */
function grouped(count: number): readonly (readonly [number, number])[] {
  const groups = Math.min(count, MAX_MARKS);
  return Array.from({ length: groups }, (_, index) => [Math.floor((index * count) / groups), Math.floor(((index + 1) * count) / groups)] as const);
}

/** Longer labels leave the drawing. */
const MAX_LABEL = 64;

function round(value: number): string {
  return String(Number(value.toFixed(1)));
}
