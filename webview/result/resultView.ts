import type { Layer } from '../../src/graph/layer';
import type { QuantizeResult, QuantizedWeight } from '../../src/jobs/records';
import { ChartFrame } from '../charts/chartFrame';
import { dataTable } from '../charts/dataTable';
import { element, icon } from '../dom';
import { formatDuration } from '../../src/format/duration';
import { formatBytes, formatExact, formatSmall } from '../../src/format/numbers';
import { mayRunLater } from '../../src/format/runLater';
import { decibels } from '../figures';
import { errorChart } from '../overview/errorChart';
import { MAX_BARS } from '../overview/layerBars';
import type { LayerBar } from '../overview/layerBars';
import { t, tn } from '../strings';
import { shorten } from '../table/rowView';
import type { Tooltip } from '../tooltip';
import { button } from '../ui/button';
import type { ViewStateStore } from '../viewState';
import { ActivationsSection } from './activationsSection';
import { alarmList } from './alarmList';
import { layerBytes, stackedSizes } from './stackedSizes';

/** Sentences shown of a result; every one of them is in the report of the command line, too. */
const MAX_NOTES = 100;

/** What the last quantization did: sizes, errors, and how far the outputs moved. */
export class ResultView {
  readonly root = element('div', { class: 'result' });
  private readonly sizes: ChartFrame;
  private readonly errors: ChartFrame;
  private readonly activations: ActivationsSection;
  private result: QuantizeResult | null = null;
  private layers: readonly Layer[] = [];
  private shown = false;

  constructor(view: ViewStateStore, tooltip: Tooltip, private readonly act: (key: string) => void, private readonly reveal: (layer: number) => void) {
    this.sizes = new ChartFrame({ id: 'result-sizes', title: t('result.sizes'), view, tooltip });
    this.errors = new ChartFrame({ id: 'result-errors', title: t('result.errors'), view, tooltip });
    this.activations = new ActivationsSection(view, tooltip, reveal);
    this.draw();
  }

  update(result: QuantizeResult | null, layers: readonly Layer[]): void {
    this.layers = layers;
    if (result === this.result) return;
    this.result = result;
    if (this.shown) this.draw();
  }

  /** Draws what came in while another view was in front. */
  setShown(shown: boolean): void {
    this.shown = shown;
    if (shown) this.draw();
  }

  private draw(): void {
    const { result } = this;
    if (result === null) return;
    this.root.replaceChildren(...alarmList(result), this.head(result), this.figures(result), this.activations.root, element('div', { class: 'result-charts' }, this.sizes.root, this.errors.root), this.outputs(result), ...this.notes(result));
    this.activations.show(result.activations, this.layers);
    this.sizes.show(stackedSizes(result));
    const bars = this.errorBars(result);
    if (bars.bars.length === 0) this.errors.show(null, t('chart.nothingQuantized'));
    else {
      this.errors.show(errorChart(bars, {
        describe: (point) => this.describeLayer(result, bars.bars[point]),
        pick: (point) => {
          const bar = bars.bars[point];
          if (bar !== undefined && bar.layer >= 0) this.reveal(bar.layer);
        },
      }));
    }
  }

  private head(result: QuantizeResult): HTMLElement {
    const path = element('span', { class: 'result-path', text: shorten(result.output) });
    const external = result.externalData === null ? null : element('span', { class: 'result-external', text: t('result.externalData', shorten(result.externalData)) });
    const reveal = button({ text: t('result.reveal'), icon: 'folder-opened', onClick: () => {
      this.act('revealOutput');
    } });
    return element('div', { class: 'result-head' }, icon('pass-filled'), element('h2', { text: t('result.title') }), path, external, element('span', { class: 'result-time', text: t('result.written', formatDuration(result.milliseconds)) }), reveal);
  }

  private figures(result: QuantizeResult): HTMLElement {
    const list = element('dl', { class: 'figures' });
    const add = (title: string, value: string, note: string): void => {
      list.append(element('div', { class: 'figure' }, element('dt', { text: title }), element('dd', {}, element('span', { class: 'figure-value', text: value }), element('span', { class: 'figure-note', text: note }))));
    };
    for (const [title, { before, after }] of [[t('result.file'), result.bytes], [t('result.weights'), result.weightBytes]] as const) {
      add(title, `${formatBytes(before)} → ${formatBytes(after)}`, after > 0 && after < before ? t('result.smaller', (before / after).toFixed(1)) : '');
    }
    const { accuracy } = result;
    if (accuracy !== null) add(t('result.accuracy'), `${percent(accuracy.before)} → ${percent(accuracy.after)}`, tn('result.accuracySamples', accuracy.samples));
    return list;
  }

  private outputs(result: QuantizeResult): HTMLElement {
    const section = element('section', { class: 'result-outputs', attributes: { 'aria-label': t('result.outputs') } }, element('h3', { text: t('result.outputs') }));
    const first = result.outputs[0];
    if (first === undefined) {
      section.append(element('p', { class: 'result-not-run' }, icon('info'), t('result.notRun', result.notRun)));
      if (mayRunLater(result)) section.append(button({ text: t('result.runModels'), icon: 'play', hint: t('result.runModelsHint'), onClick: () => {
        this.act('runModels');
      } }));
      return section;
    }
    section.append(element('p', { class: 'result-source', text: first.source === 'samples' ? t('result.onSamples', formatExact(first.samples)) : tn('result.onRandom', first.samples) }));
    section.append(dataTable(t('result.outputs'), {
      columns: [{ title: t('result.output') }, { title: t('column.sqnrDb'), numeric: true }, { title: t('result.maxError'), numeric: true }, { title: t('result.sameTop'), numeric: true }, { title: t('result.source') }],
      rows: result.outputs.map((output) => [
        output.name, errorText(output.sqnrDb, output.maxError), formatSmall(output.maxError), output.sameTop1 === null ? '–' : (output.sameTop1 * 100).toFixed(1),
        output.source === 'samples' ? tn('result.samples', output.samples) : t('result.random', formatExact(output.samples)),
      ]),
    }));
    return section;
  }

  private notes(result: QuantizeResult): readonly HTMLElement[] {
    if (result.notes.length === 0) return [];
    const list = element('ul', {}, ...result.notes.slice(0, MAX_NOTES).map((note) => element('li', { text: shorten(note) })));
    if (result.notes.length > MAX_NOTES) list.append(element('li', { text: t('details.more', result.notes.length - MAX_NOTES) }));
    return [element('section', { class: 'result-notes', attributes: { 'aria-label': t('result.notes') } }, element('h3', { text: t('result.notes') }), list)];
  }

  private errorBars(result: QuantizeResult): { readonly bars: readonly LayerBar[]; readonly of: number } {
    const indexes = new Map(this.layers.map((layer) => [layer.name, layer]));
    const bars: LayerBar[] = [];
    for (const layer of result.layers) {
      const errors = layer.weights.flatMap(({ sqnrDb, skipped }) => (skipped === '' && sqnrDb !== null && Number.isFinite(sqnrDb) ? [sqnrDb] : []));
      if (errors.length === 0) continue;
      const known = indexes.get(layer.name);
      const scopes = known?.scope.slice(-2).join('/') ?? '';
      bars.push({ layer: known?.index ?? -1, name: layer.name, label: scopes === '' ? layer.name : scopes, ...layerBytes(layer), sqnrDb: Math.min(...errors) });
    }
    if (bars.length <= MAX_BARS) return { bars, of: bars.length };
    const worst = new Set([...bars].sort((a, b) => (a.sqnrDb ?? 0) - (b.sqnrDb ?? 0)).slice(0, MAX_BARS));
    return { bars: bars.filter((bar) => worst.has(bar)), of: bars.length };
  }

  private describeLayer(result: QuantizeResult, bar: LayerBar | undefined): { title: string; lines: (readonly [string, string])[]; provenance: string } | string {
    const layer = bar === undefined ? undefined : result.layers.find(({ name }) => name === bar.name);
    if (layer === undefined) return '';
    const lines = layer.weights.flatMap((weight): (readonly [string, string])[] => [
      [weight.tensor, weight.skipped === '' ? `${weight.format} · ${errorWithUnit(weight)}` : t('result.stayed', weight.stored, weight.skipped)],
      [t('result.maxError'), formatSmall(weight.maxError)],
      [t('chart.bytes'), `${formatBytes(weight.bytes.before)} → ${formatBytes(weight.bytes.after)}`],
    ]);
    return { title: shorten(layer.name), lines, provenance: '' };
  }
}

function errorText(sqnrDb: number | null, maxError: number | null): string {
  const known = decibels(sqnrDb, maxError);
  return known === 'exact' ? t('figure.exact') : (known ?? '–');
}

function errorWithUnit({ sqnrDb, maxError }: QuantizedWeight): string {
  const text = errorText(sqnrDb, maxError);
  return text === t('figure.exact') ? text : `${text} dB`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
