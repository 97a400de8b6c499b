import { certainty, formatMethod, layerActivations } from '../../src/format/activations';
import type { LayerActivations } from '../../src/format/activations';
import { isAsPredicted } from '../../src/format/kernels';
import { formatDb, formatExact, formatPercent } from '../../src/format/numbers';
import type { Layer } from '../../src/graph/layer';
import type { QuantizedActivationsResult } from '../../src/jobs/records';
import type { ChartContent } from '../charts/chartFrame';
import { ChartFrame } from '../charts/chartFrame';
import { amountAxis, baseOptions, nameAxis } from '../charts/chartKit';
import { dataTable } from '../charts/dataTable';
import { element, icon } from '../dom';
import { t } from '../strings';
import type { StringKey } from '../strings';
import { shorten } from '../table/rowView';
import type { Tooltip } from '../tooltip';
import { actionLink } from '../ui/link';
import type { ViewStateStore } from '../viewState';

const VERDICTS: Readonly<Record<ReturnType<typeof certainty>, StringKey>> = { certain: 'activations.certain', uncertain: 'activations.uncertain', poor: 'activations.poor' };

/** How the activations of a written model are quantized: what was tried and chosen, and what computes each layer. */
export class ActivationsSection {
  readonly root = element('section', { class: 'result-activations', attributes: { 'aria-label': t('activations.title') } });
  private readonly candidates: ChartFrame;

  constructor(view: ViewStateStore, tooltip: Tooltip, private readonly reveal: (layer: number) => void) {
    this.candidates = new ChartFrame({ id: 'result-candidates', title: t('activations.tried'), view, tooltip });
  }

  show(result: QuantizedActivationsResult | null, layers: readonly Layer[]): void {
    this.root.hidden = result === null;
    if (result === null) return;
    this.root.replaceChildren(element('h3', { text: t('activations.title') }), figures(result), this.candidates.root, this.layerTable(result, layers));
    this.candidates.show(candidateChart(result));
  }

  private layerTable(result: QuantizedActivationsResult, layers: readonly Layer[]): HTMLElement {
    const indexes = new Map(layers.map(({ name, index }) => [name, index]));
    const nameOf = ({ name }: LayerActivations): string | HTMLElement => {
      const index = indexes.get(name);
      return index === undefined ? name : actionLink(shorten(name), { hint: t('memory.reveal', shorten(name)) }, () => {
        this.reveal(index);
      });
    };
    const code = (quantized: boolean): string => (quantized ? result.format : t('header.float'));
    const table = dataTable(t('activations.layers'), {
      columns: [{ title: t('chart.layer') }, { title: t('column.op') }, { title: t('activations.reads') }, { title: t('activations.gives') }, { title: t(result.verified ? 'activations.kernel' : 'activations.kernelByRules') }, { title: t('activations.why') }],
      rows: layerActivations(result).map((row) => [nameOf(row), row.op, code(row.reads), code(row.gives), kernelOf(row), row.why]),
    });
    return element('div', { class: 'result-table' }, table);
  }
}

function figures(result: QuantizedActivationsResult): HTMLElement {
  const { format, layers, float, source, samples, sqnrDb, integerMacs, givenRanges, verified } = result;
  const list = element('dl', { class: 'figures' });
  const add = (title: StringKey, value: string, note: string): void => {
    list.append(element('div', { class: 'figure' }, element('dt', { text: t(title) }), element('dd', {}, element('span', { class: 'figure-value', text: value }), element('span', { class: 'figure-note', text: note }))));
  };
  add('activations.format', format, t('activations.inLayers', formatExact(layers.length), formatExact(layers.length + float.length)));
  const ranges = t(source === 'samples' ? 'activations.onSamples' : 'activations.onRandom', formatExact(samples));
  add('activations.ranges', formatMethod(result), givenRanges === 0 ? ranges : `${ranges} · ${t('activations.given', formatExact(givenRanges))}`);
  add('activations.moved', formatDb(sqnrDb), sqnrDb === null ? t('activations.notMeasured') : t(VERDICTS[certainty(sqnrDb)]));
  if (integerMacs !== null) add('activations.integer', formatPercent(integerMacs), t(verified ? 'activations.ofMacs' : 'activations.ofMacsByRules'));
  return list;
}

function candidateChart({ tried, method, equalized }: QuantizedActivationsResult): ChartContent {
  const isChosen = (each: (typeof tried)[number]): boolean => each.method === method && each.equalized === equalized;
  const labels = tried.map((each) => (isChosen(each) ? t('activations.chosenMark', formatMethod(each)) : formatMethod(each)));
  return {
    hint: t('activations.triedHint'),
    legend: [],
    chart: (colours) => ({
      type: 'bar',
      data: { labels, datasets: [{ data: tried.map(({ sqnrDb }) => sqnrDb ?? 0), backgroundColor: tried.map((each) => (isChosen(each) ? colours.blue : colours.muted)), categoryPercentage: 0.7, maxBarThickness: 28 }] },
      options: { ...baseOptions(colours), indexAxis: 'y', scales: { x: amountAxis(colours), y: nameAxis(colours, 0) } },
    }),
    table: {
      columns: [{ title: t('activations.ranges') }, { title: t('chart.decibels'), numeric: true }, { title: t('chart.choice') }],
      rows: tried.map((each) => [formatMethod(each), each.sqnrDb === null ? t('activations.notMeasured') : formatDb(each.sqnrDb), isChosen(each) ? t('chart.chosen') : '']),
    },
    points: tried.length,
    describe: (point) => {
      const each = tried[point];
      return each === undefined ? '' : `${labels[point]!}: ${each.sqnrDb === null ? t('activations.notMeasured') : formatDb(each.sqnrDb)}`;
    },
  };
}

/** "QLinearConv", with a mark and a word when it is not what was expected. */
function kernelOf({ kernel: found }: LayerActivations): string | HTMLElement {
  if (found === null) return '–';
  const { kernel, predicted, integer } = found;
  const text = integer || kernel.startsWith('float') ? kernel : t('activations.floatKernel', kernel);
  if (isAsPredicted(found)) return text;
  return element('span', { class: 'result-surprise' }, icon('warning'), element('span', { text: t('activations.expected', text, predicted) }));
}
