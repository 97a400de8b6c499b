import type { ComparedBar, ComparisonState } from '../../src/extension/comparisonApi';
import type { HoverText } from '../../src/extension/editorApi';
import { formatBytes, formatDb } from '../../src/format/numbers';
import { ChartFrame } from '../charts/chartFrame';
import { element } from '../dom';
import { errorChart } from '../overview/errorChart';
import { MAX_BARS } from '../overview/layerBars';
import type { LayerBar, LayerBars } from '../overview/layerBars';
import { sizeChart } from '../overview/sizeChart';
import { t } from '../strings';
import { shorten } from '../table/rowView';
import { Tooltip } from '../tooltip';
import type { ViewStateStore } from '../viewState';
import { sortableTable } from './sortableTable';

/** Two models beside each other: their figures, two charts, what was found, and the layers that differ. */
export class ComparisonPage {
  constructor(root: HTMLElement, private readonly state: ComparisonState, view: ViewStateStore) {
    const overlay = element('div', { class: 'overlay' });
    const tooltip = new Tooltip(overlay);
    const sizes = new ChartFrame({ id: 'compared-sizes', title: t('result.sizes'), view, tooltip });
    const errors = new ChartFrame({ id: 'compared-errors', title: t('result.errors'), view, tooltip });
    document.title = state.title;
    root.replaceChildren(
      element('main', { class: 'result comparison', attributes: { 'aria-label': shorten(state.title) } },
        element('h1', { text: shorten(state.title) }), this.facts(), element('h2', { text: t('comparison.weights') }), element('div', { class: 'result-charts' }, sizes.root, errors.root), ...this.findings(), this.layers()),
      overlay,
    );
    const largest = this.pick(({ before, after }) => -Math.max(before, after), () => true);
    sizes.show(largest.bars.length === 0 ? null : sizeChart(largest, { describe: (point) => this.describe(largest.bars[point]) }), t('comparison.noWeights'));
    const worst = this.pick(({ sqnrDb }) => sqnrDb ?? 0, ({ sqnrDb }) => sqnrDb !== null);
    errors.show(worst.bars.length === 0 ? null : errorChart(worst, { describe: (point) => this.describe(worst.bars[point]) }), t('comparison.noErrors'));
  }

  private facts(): HTMLElement {
    return element('dl', { class: 'comparison-facts' }, ...this.state.facts.flatMap(([label, text]) => [element('dt', { text: label }), element('dd', { text: shorten(text) })]));
  }

  private findings(): readonly HTMLElement[] {
    return this.state.findings.map(({ title, lines }) => element('section', { attributes: { 'aria-label': title } }, element('h2', { text: title }), element('ul', {}, ...lines.map((line) => element('li', { text: shorten(line) })))));
  }

  private layers(): HTMLElement {
    const { columns, rows, leftOut } = this.state;
    const title = t('comparison.layers');
    return element('section', { class: 'comparison-layers', attributes: { 'aria-label': title } },
      element('h2', { text: title }), ...(rows.length === 0 ? [] : [sortableTable(title, columns, rows)]), element('p', { class: 'comparison-left-out', text: leftOut }));
  }

  /** The bars that rank first, in the order of the model. */
  private pick(rank: (bar: ComparedBar) => number, has: (bar: ComparedBar) => boolean): LayerBars {
    const all = this.state.bars.map((bar, layer): LayerBar => ({ ...bar, layer, label: bar.name })).filter(has);
    const chosen = [...all].sort((a, b) => rank(a) - rank(b) || a.layer - b.layer).slice(0, MAX_BARS);
    return { bars: chosen.sort((a, b) => a.layer - b.layer), of: all.length };
  }

  private describe(bar: LayerBar | undefined): HoverText {
    if (bar === undefined) return { title: '', lines: [], provenance: '' };
    const error: readonly (readonly [string, string])[] = bar.sqnrDb === null ? [] : [[t('comparison.error'), formatDb(bar.sqnrDb)]];
    return { title: bar.name, lines: [[t('comparison.size'), `${formatBytes(bar.before)} → ${formatBytes(bar.after)}`], ...error], provenance: t('comparison.provenance') };
  }
}
