import type { ChartContent } from '../charts/chartFrame';
import { amountAxis, baseOptions, nameAxis } from '../charts/chartKit';
import { decibels } from '../figures';
import { t } from '../strings';
import { LOW_SQNR_DB } from '../table/rowView';
import type { LayerBars } from './layerBars';
import { MAX_AXIS_NAME, shortName } from './shortName';

/** Weight error of each quantized layer in decibels; low ones stand out by colour and, in the table twin, by a word. */
export function errorChart({ bars, of }: LayerBars, actions: Pick<ChartContent, 'describe' | 'pick'>): ChartContent {
  return {
    hint: [t('chart.errorHint'), bars.length < of ? t('chart.worst', bars.length, of) : ''].filter((text) => text !== '').join(' · '),
    legend: [],
    chart: (colours) => ({
      type: 'bar',
      data: {
        labels: bars.map(({ label }) => shortName(label, MAX_AXIS_NAME)),
        datasets: [{ data: bars.map(({ sqnrDb }) => sqnrDb ?? 0), backgroundColor: bars.map(({ sqnrDb }) => (sqnrDb !== null && sqnrDb < LOW_SQNR_DB ? colours.yellow : colours.blue)), categoryPercentage: 0.7, barPercentage: 1 }],
      },
      options: {
        ...baseOptions(colours),
        scales: {
          x: nameAxis(colours, 16),
          y: amountAxis(colours),
        },
      },
    }),
    table: {
      columns: [{ title: t('chart.layer') }, { title: t('column.sqnrDb'), numeric: true }],
      rows: bars.map(({ name, sqnrDb }) => [name, decibels(sqnrDb, null) ?? '–']),
    },
    points: bars.length,
    ...actions,
  };
}
