import type { ChartContent } from '../charts/chartFrame';
import { amountAxis, baseOptions, nameAxis } from '../charts/chartKit';
import { columnScale, inColumn, MAX_ON_AXIS } from '../table/columnScale';
import { t } from '../strings';
import type { LayerBars } from './layerBars';
import { MAX_AXIS_NAME, shortName } from './shortName';

/** Bytes of each layer before and after, side by side. */
export function sizeChart({ bars, of }: LayerBars, actions: Pick<ChartContent, 'describe' | 'pick'>): ChartContent {
  const scale = columnScale(Math.max(...bars.map(({ before, after }) => Math.max(before, after))), 'bytes', MAX_ON_AXIS);
  const unit = scale.unit;
  return {
    hint: [t('chart.sizeHint', unit), bars.length < of ? t('chart.largest', bars.length, of) : ''].filter((text) => text !== '').join(' · '),
    legend: [{ colour: ({ before }) => before, text: t('chart.beforeLabel') }, { colour: ({ blue }) => blue, text: t('chart.afterLabel') }],
    chart: (colours) => ({
      type: 'bar',
      data: {
        labels: bars.map(({ label }) => shortName(label, MAX_AXIS_NAME)),
        datasets: [
          { data: bars.map(({ before }) => before / scale.divisor), backgroundColor: colours.before, categoryPercentage: 0.8, barPercentage: 1 },
          { data: bars.map(({ after }) => after / scale.divisor), backgroundColor: colours.blue, categoryPercentage: 0.8, barPercentage: 1 },
        ],
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
      columns: [{ title: t('chart.layer') }, { title: t('chart.before', unit), numeric: true }, { title: t('chart.after', unit), numeric: true }],
      rows: bars.map(({ name, before, after }) => [name, inColumn(before, scale), inColumn(after, scale)]),
    },
    points: bars.length,
    ...actions,
  };
}
