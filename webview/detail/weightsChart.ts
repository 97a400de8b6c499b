import type { Histogram, LayerDetail } from '../../src/jobs/records';
import { formatOf } from '../../src/quant/scheme';
import { axisStyle, baseOptions, levelLines, translucent } from '../charts/chartKit';
import type { ChartContent, LegendEntry } from '../charts/chartFrame';
import { formatExact, formatSmall } from '../../src/format/numbers';
import { t, tn } from '../strings';

/** The density of a layer's weights with the levels of the chosen format drawn on it. */
export function weightsChart(detail: LayerDetail): ChartContent {
  const { values, levels } = detail;
  const legend: LegendEntry[] = [{ colour: ({ blue }) => blue, text: tn('chart.density', detail.elements) }];
  if (levels.length > 0) legend.push({ colour: ({ purple }) => purple, text: t('chart.levels', levels.length, formatOf(detail.scheme), detail.levelsOf) });
  const low = Math.min(values.low, levels[0] ?? values.low);
  const high = Math.max(values.high, levels.at(-1) ?? values.high);
  return {
    hint: '',
    legend,
    chart: (colours) => ({
      type: 'line',
      data: { datasets: [{ data: densityPoints(values), borderColor: colours.blue, backgroundColor: translucent(colours.blue), fill: 'origin', pointRadius: 0, borderWidth: 1.5 }] },
      options: {
        ...baseOptions(colours),
        scales: {
          x: { type: 'linear', min: low, max: high, grid: { display: false }, border: { color: colours.lines }, ticks: { ...axisStyle(colours).ticks, maxTicksLimit: 5, maxRotation: 0, callback: (value) => formatSmall(Number(value)) } },
          y: { display: false, beginAtZero: true },
        },
      },
      plugins: [levelLines(levels, colours.purple)],
    }),
    table: histogramTable(values, levels),
    points: values.counts.length,
    describe: (bin) => describeBin(values, bin),
  };
}

/** The distribution of weight minus quantized weight. */
export function errorsChart(detail: LayerDetail, errors: Histogram): ChartContent {
  return {
    hint: tn('chart.errorsOf', detail.elements),
    legend: [],
    chart: (colours) => ({
      type: 'line',
      data: { datasets: [{ data: densityPoints(errors), borderColor: colours.blue, backgroundColor: translucent(colours.blue), fill: 'origin', pointRadius: 0, borderWidth: 1.5 }] },
      options: {
        ...baseOptions(colours),
        scales: {
          x: { type: 'linear', min: errors.low, max: errors.high, grid: { display: false }, border: { color: colours.lines }, ticks: { ...axisStyle(colours).ticks, maxTicksLimit: 5, maxRotation: 0, callback: (value) => formatSmall(Number(value)) } },
          y: { display: false, beginAtZero: true },
        },
      },
    }),
    table: histogramTable(errors, []),
    points: errors.counts.length,
    describe: (bin) => describeBin(errors, bin),
  };
}

function binEdge({ low, high, counts }: Histogram, bin: number): number {
  return low + ((high - low) * bin) / counts.length;
}

function densityPoints(histogram: Histogram): { x: number; y: number }[] {
  return histogram.counts.map((count, bin) => ({ x: (binEdge(histogram, bin) + binEdge(histogram, bin + 1)) / 2, y: count }));
}

function histogramTable(histogram: Histogram, levels: readonly number[]): ChartContent['table'] {
  const total = Math.max(1, histogram.counts.reduce((sum, count) => sum + count, 0));
  const last = histogram.counts.length - 1;
  return {
    columns: [
      { title: t('chart.from'), numeric: true }, { title: t('chart.to'), numeric: true }, { title: t('chart.count'), numeric: true }, { title: t('chart.share'), numeric: true },
      ...(levels.length === 0 ? [] : [{ title: t('chart.levelCount'), numeric: true }]),
    ],
    rows: histogram.counts.map((count, bin) => {
      const from = binEdge(histogram, bin);
      const to = binEdge(histogram, bin + 1);
      const inside = levels.filter((level) => level >= from && (level < to || (bin === last && level === to))).length;
      return [formatSmall(from), formatSmall(to), formatExact(count), ((100 * count) / total).toFixed(2), ...(levels.length === 0 ? [] : [String(inside)])];
    }),
  };
}

function describeBin(histogram: Histogram, bin: number): { title: string; lines: (readonly [string, string])[]; provenance: string } {
  const total = Math.max(1, histogram.counts.reduce((sum, count) => sum + count, 0));
  const count = histogram.counts[bin] ?? 0;
  return {
    title: `${formatSmall(binEdge(histogram, bin))} … ${formatSmall(binEdge(histogram, bin + 1))}`,
    lines: [[t('chart.count'), formatExact(count)], [t('chart.share'), ((100 * count) / total).toFixed(2)]],
    provenance: '',
  };
}
