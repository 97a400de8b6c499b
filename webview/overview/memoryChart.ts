import type { ChartConfiguration } from 'chart.js';
import type { MemoryProfile } from '../../src/extension/editorApi';
import { formatBytes, formatExact } from '../../src/format/numbers';
import type { Layer } from '../../src/graph/layer';
import type { ChartContent } from '../charts/chartFrame';
import { amountAxis, baseOptions, nameAxis, translucent } from '../charts/chartKit';
import { t } from '../strings';
import { columnScale, inColumn, MAX_ON_AXIS } from '../table/columnScale';
import { shorten } from '../table/rowView';
import type { ThemeColours } from '../theme';

/** More points than this are closer together than pixels; of neighbouring layers the one with the most memory is drawn. */
export const MAX_POINTS = 400;

/** Lengths in pixels of the strokes and gaps of a line. */
const DASHES = { solid: [], dashed: [6, 3], dotted: [1.5, 2.5] };

/** The layers that are drawn, in execution order. */
export function memoryPoints({ separate }: MemoryProfile): readonly number[] {
  const { timeline } = separate;
  const step = Math.ceil(timeline.length / MAX_POINTS);
  const points: number[] = [];
  for (let start = 0; start < timeline.length; start += step) {
    let most = start;
    for (let at = start; at < Math.min(start + step, timeline.length); at += 1) if (timeline[at]! > timeline[most]!) most = at;
    points.push(most);
  }
  return points;
}

/** Bytes of activations alive while each layer runs: as it is, with elementwise operators in place, and with 8-bit activations. */
export function memoryChart(memory: MemoryProfile, layers: readonly Layer[], reveal: (layer: number) => void): ChartContent {
  const points = memoryPoints(memory);
  const scale = columnScale(memory.separate.peak, 'bytes', MAX_ON_AXIS);
  const nameOf = (layer: number): string => shorten(layers[layer]?.name ?? '');
  const uses = [
    { text: t('memory.separate'), use: memory.separate, colour: ({ blue }: ThemeColours) => blue, line: 'solid' },
    { text: t('memory.inPlace'), use: memory.inPlace, colour: ({ yellow }: ThemeColours) => yellow, line: 'dashed' },
    { text: t('memory.eightBit'), use: memory.eightBit, colour: ({ purple }: ThemeColours) => purple, line: 'dotted' },
  ] as const;
  return {
    hint: t('memory.hint', scale.unit),
    legend: uses.map(({ text, use, colour, line }) => ({ text: t('memory.peakOf', text, formatBytes(use.peak)), colour, line })),
    chart: (colours): ChartConfiguration => ({
      type: 'line',
      data: {
        labels: points.map((layer) => formatExact(layer + 1)),
        datasets: uses.map(({ use, colour, line }) => ({
          data: points.map((layer) => (use.timeline[layer] ?? 0) / scale.divisor), borderColor: colour(colours), backgroundColor: translucent(colour(colours)), fill: line === 'solid' ? 'origin' : false,
          borderWidth: 1.5, borderDash: DASHES[line], pointRadius: 0, stepped: 'middle' as const,
        })),
      },
      options: {
        ...baseOptions(colours),
        scales: {
          x: nameAxis(colours, 24),
          y: amountAxis(colours),
        },
      },
    }),
    table: {
      columns: [{ title: t('chart.layer') }, ...uses.map(({ text }) => ({ title: t('column.withUnit', text, scale.unit), numeric: true }))],
      rows: points.map((layer) => [nameOf(layer), ...uses.map(({ use }) => inColumn(use.timeline[layer] ?? 0, scale))]),
    },
    points: points.length,
    describe: (point) => {
      const layer = points[point];
      if (layer === undefined) return '';
      return { title: nameOf(layer), lines: uses.map(({ text, use }) => [text, formatBytes(use.timeline[layer] ?? 0)]), provenance: t('memory.while') };
    },
    pick: (point) => {
      const layer = points[point];
      if (layer !== undefined) reveal(layer);
    },
  };
}
