import type { LayerDetail } from '../../src/jobs/records';
import type { ChartContent } from '../charts/chartFrame';
import { axisStyle, baseOptions } from '../charts/chartKit';
import { formatExact, formatSmall } from '../../src/format/numbers';
import { t, tn } from '../strings';

/** Lowest and highest weight of each channel as floating bars: wide differences are why one scale for all costs accuracy. */
export function channelsChart(detail: LayerDetail): ChartContent {
  const { channels, channelCount } = detail;
  return {
    hint: channels.length < channelCount ? t('chart.mergedChannels', formatExact(channelCount), formatExact(channels.length)) : tn('chart.channelCount', channelCount),
    legend: [],
    chart: (colours) => ({
      type: 'bar',
      data: {
        labels: channels.map(({ label }) => label),
        datasets: [{ data: channels.map(({ low, high }): [number, number] => [low, high]), backgroundColor: colours.blue, categoryPercentage: 1, barPercentage: channels.length > 100 ? 1 : 0.85, minBarLength: 1 }],
      },
      options: {
        ...baseOptions(colours),
        scales: {
          x: { grid: { display: false }, border: { color: colours.lines }, ticks: { ...axisStyle(colours).ticks, autoSkip: true, maxTicksLimit: 6, maxRotation: 0 } },
          y: { grid: { color: colours.lines, lineWidth: 0.5 }, border: { display: false }, ticks: { ...axisStyle(colours).ticks, maxTicksLimit: 6, callback: (value) => formatSmall(Number(value)) } },
        },
      },
    }),
    table: {
      columns: [{ title: t('chart.channel') }, { title: t('chart.low'), numeric: true }, { title: t('chart.high'), numeric: true }],
      rows: channels.map(({ label, low, high }) => [label, formatSmall(low), formatSmall(high)]),
    },
    points: channels.length,
    describe: (point) => {
      const channel = channels[point];
      if (channel === undefined) return '';
      return { title: `${t('chart.channel')} ${channel.label}`, lines: [[t('chart.low'), formatSmall(channel.low)], [t('chart.high'), formatSmall(channel.high)]], provenance: '' };
    },
  };
}
