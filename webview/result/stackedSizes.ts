import type { QuantizeResult, QuantizedLayer } from '../../src/jobs/records';
import type { ChartContent } from '../charts/chartFrame';
import { axisStyle, baseOptions } from '../charts/chartKit';
import { formatBytes } from '../../src/format/numbers';
import { columnScale, inColumn, MAX_ON_AXIS } from '../table/columnScale';
import { t, tn } from '../strings';
import { shortName } from '../overview/shortName';
import type { ThemeColours } from '../theme';

/** Layers with a part of their own; what is smaller is one part together. */
const MAX_PARTS = 5;

/** A legend has room for more than an axis. */
const MAX_LEGEND_NAME = 32;

interface Part {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  readonly colour: (colours: ThemeColours) => string;
}

/** Two stacked bars, the weights before and after, with the largest layers as their parts. */
export function stackedSizes(result: QuantizeResult): ChartContent {
  const parts = partsOf(result);
  const scale = columnScale(result.weightBytes.before, 'bytes', MAX_ON_AXIS);
  return {
    hint: scale.unit,
    legend: parts.map(({ name, colour }) => ({ text: shortName(name, MAX_LEGEND_NAME), colour })),
    chart: (colours) => ({
      type: 'bar',
      data: {
        labels: [t('chart.beforeLabel'), t('chart.afterLabel')],
        datasets: parts.map(({ before, after, colour }) => ({ data: [before / scale.divisor, after / scale.divisor], backgroundColor: colour(colours), borderColor: colours.background, borderWidth: { right: 1 }, barPercentage: 0.9, categoryPercentage: 0.9 })),
      },
      options: {
        ...baseOptions(colours),
        indexAxis: 'y',
        scales: {
          x: { stacked: true, beginAtZero: true, grid: { color: colours.lines, lineWidth: 0.5 }, border: { display: false }, ticks: { ...axisStyle(colours).ticks, maxTicksLimit: 8, maxRotation: 0 } },
          y: { stacked: true, grid: { display: false }, border: { display: false }, ticks: { ...axisStyle(colours).ticks, color: colours.foreground } },
        },
      },
    }),
    table: {
      columns: [{ title: t('chart.layer') }, { title: t('chart.before', scale.unit), numeric: true }, { title: t('chart.after', scale.unit), numeric: true }],
      rows: parts.map(({ name, before, after }) => [name, inColumn(before, scale), inColumn(after, scale)]),
    },
    points: parts.length,
    pointsAre: 'series',
    describe: (point) => {
      const part = parts[point];
      if (part === undefined) return '';
      return { title: part.name, lines: [[t('chart.beforeLabel'), formatBytes(part.before)], [t('chart.afterLabel'), formatBytes(part.after)]], provenance: '' };
    },
  };
}

export function layerBytes(layer: QuantizedLayer): { readonly before: number; readonly after: number } {
  return { before: layer.weights.reduce((sum, { bytes }) => sum + bytes.before, 0), after: layer.weights.reduce((sum, { bytes }) => sum + bytes.after, 0) };
}

function partsOf(result: QuantizeResult): readonly Part[] {
  const sized = result.layers.map((layer) => ({ name: layer.name, ...layerBytes(layer) })).filter(({ before }) => before > 0).sort((a, b) => b.before - a.before);
  const own = sized.slice(0, MAX_PARTS);
  const small = sized.slice(MAX_PARTS);
  const parts: Part[] = own.map((layer, index) => ({ ...layer, colour: ({ series, blue }) => series[index % series.length] ?? blue }));
  if (small.length > 0) {
    parts.push({ name: tn('chart.otherLayers', small.length), before: sum(small, 'before'), after: sum(small, 'after'), colour: ({ before }) => before });
  }
  const restBefore = result.weightBytes.before - sum(sized, 'before');
  const restAfter = result.weightBytes.after - sum(sized, 'after');
  if (restBefore > 0 || restAfter > 0) parts.push({ name: t('chart.rest'), before: Math.max(0, restBefore), after: Math.max(0, restAfter), colour: ({ muted }) => muted });
  return parts;
}

function sum(layers: readonly { readonly before: number; readonly after: number }[], which: 'before' | 'after'): number {
  return layers.reduce((total, layer) => total + layer[which], 0);
}
