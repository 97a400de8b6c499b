import { CancellationTokenSource } from 'vscode-jsonrpc/browser';
import type { MessageConnection } from 'vscode-jsonrpc/browser';
import * as editorApi from '../../src/extension/editorApi';
import type { EditTarget } from '../../src/extension/editorApi';
import type { Layer } from '../../src/graph/layer';
import type { FormatOption, LayerDetail } from '../../src/jobs/records';
import type { WeightScheme } from '../../src/quant/scheme';
import { schemeKey } from '../../src/quant/scheme';
import { ChartFrame } from '../charts/chartFrame';
import { element, icon, messageOf, setText } from '../dom';
import { formatBytes, formatExact, formatSmall } from '../../src/format/numbers';
import { formatScheme, formatShape } from '../../src/format/scheme';
import { formatStored } from '../../src/format/stored';
import type { PageModel } from '../pageModel';
import { t, tn } from '../strings';
import { placeholder } from '../summary/placeholder';
import { pathOf, type TreeNode } from '../../src/format/layerTree';
import { layersOf } from '../table/editTarget';
import { shorten } from '../table/rowView';
import type { Tooltip } from '../tooltip';
import { button } from '../ui/button';
import { DropDown } from '../ui/dropdown';
import { Tabs } from '../ui/tabs';
import { DETAIL_TABS } from '../viewState';
import type { DetailTab, ViewStateStore } from '../viewState';
import { channelsChart } from './channelsChart';
import { CostView } from './costView';
import { formatsTable } from './formatsTable';
import { errorsChart, weightsChart } from './weightsChart';

/** Rest between selecting a row and reading its weights: someone who holds an arrow key wants none of the rows between. */
const SETTLE_MS = 120;
/** Above this many levels the lines would fill the plot. */
const MAX_LEVELS_DRAWN = 256;
/** Of more findings on one layer the first say enough; the Problems panel has the rest. */
const MAX_FINDINGS_DRAWN = 5;

export interface DetailActions {
  readonly edit: (target: EditTarget, scheme: WeightScheme) => void;
  readonly openMenu: (anchor: Element, target: EditTarget) => void;
  readonly targetOf: (nodes: readonly TreeNode[]) => EditTarget;
}

/** The panel beside the table: what the weights of the selected layer look like and what each format would make of them. */
export class DetailPanel {
  readonly root = element('aside', { class: 'detail', attributes: { 'aria-label': t('detail.label') } });
  private readonly title = element('h2', { class: 'detail-title' });
  private readonly facts = element('p', { class: 'detail-facts' });
  private readonly findings = element('ul', { class: 'detail-findings', attributes: { 'aria-label': t('detail.findings') } });
  private readonly weightPicker: DropDown;
  private readonly weightField: HTMLElement;
  private readonly status = element('p', { class: 'detail-status', attributes: { role: 'status' } });
  private readonly statistics = element('p', { class: 'detail-statistics' });
  private readonly shortFormats = element('div', {});
  private readonly fullFormats = element('div', {});
  private readonly weights: ChartFrame;
  private readonly channels: ChartFrame;
  private readonly errors: ChartFrame;
  private readonly content: HTMLElement;
  private readonly cost: CostView;
  private readonly costTab = element('div', { class: 'tab-content' });
  private layer: Layer | null = null;
  private weight = 0;
  private shownKey = '';
  private timer = 0;
  private running: CancellationTokenSource | null = null;

  constructor(
    private readonly model: PageModel,
    private readonly view: ViewStateStore,
    tooltip: Tooltip,
    private readonly connection: MessageConnection,
    private readonly actions: DetailActions,
  ) {
    this.cost = new CostView(connection);
    this.weights = new ChartFrame({ id: 'weights', title: t('chart.weights'), view, tooltip });
    this.channels = new ChartFrame({ id: 'channels', title: t('chart.channels'), view, tooltip });
    this.errors = new ChartFrame({ id: 'errors', title: t('chart.errors'), view, tooltip });
    this.weightPicker = new DropDown(t('detail.weight'), (value) => {
      this.weight = Number(value);
      this.refresh();
    });
    this.weightField = element('div', { class: 'labelled' }, element('span', { class: 'label', text: t('detail.weight'), attributes: { 'aria-hidden': 'true' } }), this.weightPicker.root);
    const contents: Readonly<Record<DetailTab, HTMLElement>> = {
      weights: element('div', { class: 'tab-content' }, this.weights.root, this.statistics, this.shortFormats),
      channels: element('div', { class: 'tab-content' }, this.channels.root),
      formats: element('div', { class: 'tab-content' }, this.fullFormats),
      errors: element('div', { class: 'tab-content' }, this.errors.root),
      cost: this.costTab,
    };
    const tabs = new Tabs(t('detail.label'), DETAIL_TABS.map((id) => ({ id, title: t(`tab.${id}`), content: contents[id] })), view.value.tab, (id) => {
      view.update({ tab: DETAIL_TABS.find((known) => known === id) ?? 'weights' });
      if (this.layer !== null) this.showCost(this.layer);
    });
    this.content = element('div', { class: 'detail-content' }, this.title, this.facts, this.findings, this.weightField, this.status, tabs.root);
    this.show([]);
  }

  /** Shows the layer when one row is selected, else what can be done with the selection. */
  show(nodes: readonly TreeNode[]): void {
    const only = nodes.length === 1 ? nodes[0] : undefined;
    if (only?.kind === 'layer') {
      this.showLayer(only.layer);
      return;
    }
    this.layer = null;
    this.shownKey = '';
    this.stop();
    if (only === undefined && nodes.length === 0) {
      this.root.replaceChildren(placeholder({ icon: 'list-selection', title: t('detail.none'), hint: t('detail.noneHint') }));
      return;
    }
    const target = this.actions.targetOf(nodes);
    const title = only === undefined ? tn('detail.several', layersOf(nodes).size) : pathOf(only);
    const hint = only === undefined ? t('detail.severalHint') : tn('detail.scope', only.layers.length);
    const choose = button({ text: t('detail.chooseFormat'), onClick: () => {
      this.actions.openMenu(choose, target);
    } });
    this.root.replaceChildren(placeholder({ icon: only === undefined ? 'list-selection' : 'list-tree', title: shorten(title), hint, actions: target.kind === 'layers' && target.layers.length === 0 ? [] : [choose] }));
  }

  /** Figures have changed: the shown layer may have another format now. */
  refresh(): void {
    if (this.layer !== null) this.showLayer(this.model.layers[this.layer.index] ?? this.layer);
  }

  private showLayer(layer: Layer): void {
    if (layer.index !== this.layer?.index) this.weight = 0;
    this.layer = layer;
    this.describe(layer);
    if (layer.weights.length === 0) {
      this.stop();
      // New figures of other layers leave it, and what somebody has scrolled to, as it is.
      const key = `without weights ${layer.index} ${this.revision}`;
      if (key === this.shownKey) return;
      this.shownKey = key;
      this.root.replaceChildren(element('div', { class: 'detail-content' }, this.title, this.facts, this.findings, whatElse(layer), this.cost.root));
      this.cost.show(layer.index, this.revision);
      return;
    }
    this.showCost(layer);
    if (this.root.firstChild !== this.content || this.root.childElementCount !== 1) {
      this.content.prepend(this.title, this.facts, this.findings);
      this.root.replaceChildren(this.content);
    }
    this.weightField.hidden = layer.weights.length < 2;
    this.weightPicker.setChoices(layer.weights.map(({ tensor }, index) => ({ value: String(index), text: shorten(tensor) })), String(this.weight));
    const scheme = this.model.assessmentOf(layer.index)?.scheme;
    if (scheme === undefined) return;
    const assessment = this.model.assessmentOf(layer.index);
    const key = JSON.stringify([this.revision, layer.index, this.weight, schemeKey(scheme), assessment?.state]);
    if (key === this.shownKey) return;
    this.shownKey = key;
    this.stop();
    this.timer = window.setTimeout(() => {
      void this.load(layer, scheme);
    }, SETTLE_MS);
  }

  private describe(layer: Layer): void {
    setText(this.title, shorten(layer.name));
    this.title.title = shorten(layer.name);
    const weight = layer.weights[this.weight];
    const assessment = this.model.assessmentOf(layer.index);
    const facts = [layer.op];
    if (weight !== undefined) facts.push(formatShape(weight.dims));
    const stored = formatStored(layer);
    if (stored !== '') facts.push(t('detail.stored', stored));
    else if (assessment !== undefined && assessment.state !== 'skipped' && weight !== undefined) facts.push(formatScheme(assessment.scheme));
    if (weight !== undefined && weight.sharedWith.length > 0) facts.push(t('detail.shared', shorten(weight.sharedWith.join(', '))));
    if (assessment?.state === 'skipped' && stored === '') facts.push(t('detail.keptFloat', assessment.reason));
    if (layer.unresolved !== null) facts.push(t('detail.unresolved', shorten(layer.unresolved.reason)));
    setText(this.facts, facts.join(' · '));
    const findings = this.model.findingsOf(layer.index);
    this.findings.hidden = findings.length === 0;
    this.findings.replaceChildren(...findings.slice(0, MAX_FINDINGS_DRAWN).map(({ severity, text }) => element('li', { class: `finding-${severity}` }, icon(severity === 'note' ? 'info' : severity), element('span', { text }))));
  }

  /** Nobody pays for an explanation that is not on show. */
  private showCost(layer: Layer): void {
    if (layer.weights.length === 0) return;
    if (this.cost.root.parentElement !== this.costTab) this.costTab.append(this.cost.root);
    if (this.view.value.tab === 'cost') this.cost.show(layer.index, this.revision);
  }

  private get revision(): number {
    return this.model.state?.modelRevision ?? 0;
  }

  private stop(): void {
    window.clearTimeout(this.timer);
    this.running?.cancel();
    this.running = null;
  }

  private async load(layer: Layer, scheme: WeightScheme): Promise<void> {
    const running = new CancellationTokenSource();
    this.running = running;
    setText(this.status, t('detail.loading'));
    this.content.classList.add('loading');
    try {
      const [detail, options] = await Promise.all([
        this.connection.sendRequest(editorApi.detail, { layer: layer.index, weight: this.weight, scheme }, running.token),
        this.connection.sendRequest(editorApi.formats, { layer: layer.index }, running.token),
      ]);
      if (this.running !== running) return;
      setText(this.status, '');
      this.draw(detail, options);
    } catch (error) {
      if (this.running !== running) return;
      this.shownKey = '';
      const message = messageOf(error);
      // Weights that cannot be read stay float as well, and the line above may have said so with the same reason.
      setText(this.status, this.facts.textContent.includes(message) ? '' : t('detail.failed', message));
      this.clear();
    } finally {
      if (this.running === running) this.content.classList.remove('loading');
    }
  }

  /** Nothing of the layer that was shown before is left. */
  private clear(): void {
    for (const chart of [this.weights, this.channels, this.errors]) chart.show(null);
    setText(this.statistics, '');
    this.shortFormats.replaceChildren();
    this.fullFormats.replaceChildren();
  }

  private draw(detail: LayerDetail, options: readonly FormatOption[]): void {
    const drawable = detail.levels.length <= MAX_LEVELS_DRAWN;
    this.weights.show(weightsChart(drawable ? detail : { ...detail, levels: [] }));
    this.channels.show(channelsChart(detail));
    if (detail.errors === null) this.errors.show(null, t('chart.noErrors'));
    else this.errors.show(errorsChart(detail, detail.errors));
    const isStored = this.layer !== null && formatStored(this.layer) !== '';
    const note = isStored ? '' : detail.scheme.kind !== 'integer' ? t('chart.noLevels') : detail.levels.length === 0 ? t('chart.tooManyLevels', formatScheme(detail.scheme)) : '';
    setText(this.statistics, [t('chart.statistics', formatSmall(detail.mean), formatSmall(detail.deviation), formatExact(detail.zeros)), note].filter((text) => text !== '').join(' · '));
    const apply = (scheme: WeightScheme): void => {
      this.actions.edit({ kind: 'layers', layers: [detail.layer] }, scheme);
    };
    this.shortFormats.replaceChildren(formatsTable(options, 'short', apply));
    this.fullFormats.replaceChildren(formatsTable(options, 'full', apply));
  }
}

/** Instead of the weights of an operator that has none: a normalization stores figures that no format is offered for. */
function whatElse(layer: Layer): HTMLElement {
  if (layer.weightBytes === 0) return placeholder({ icon: 'circle-slash', title: t('detail.noWeights'), hint: t('detail.noWeightsHint') });
  return placeholder({ icon: 'circle-slash', title: t('detail.onlySmall'), hint: t('detail.onlySmallHint', formatBytes(layer.weightBytes)) });
}
