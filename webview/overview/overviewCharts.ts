import type { HoverText, MemoryProfile, OperatorTotals } from '../../src/extension/editorApi';
import type { Layer } from '../../src/graph/layer';
import { ChartFrame } from '../charts/chartFrame';
import { element, messageOf } from '../dom';
import type { PageModel } from '../pageModel';
import { t } from '../strings';
import type { Tooltip } from '../tooltip';
import { Tabs } from '../ui/tabs';
import { OVERVIEW_TABS } from '../viewState';
import type { ViewStateStore } from '../viewState';
import { errorChart } from './errorChart';
import type { LayerBar } from './layerBars';
import { errorBars, sizeBars } from './layerBars';
import { memoryChart } from './memoryChart';
import { memoryPeak } from './memoryPeak';
import { operatorsTable } from './operatorsTable';
import { sizeChart } from './sizeChart';

/** Figures arrive in bursts while errors are computed; a chart needs no more than a few frames of them a second. */
const REDRAW_MS = 200;

export interface OverviewActions {
  readonly reveal: (layer: number) => void;
  readonly hover: (layer: number) => Promise<HoverText>;
  readonly operators: () => Promise<readonly OperatorTotals[]>;
  readonly memory: () => Promise<MemoryProfile>;
  readonly filter: (text: string) => void;
}

/** What stands below the table: the whole model at a glance, layer by layer and operator by operator. */
export class OverviewCharts {
  readonly root: HTMLElement;
  private readonly operators = element('div', { class: 'operators-box', attributes: { tabindex: '0', role: 'group', 'aria-label': t('operators.title') } });
  private readonly memory: ChartFrame;
  private readonly peak = element('div', { class: 'memory-box', attributes: { tabindex: '0', role: 'group', 'aria-label': t('memory.tensors') } });
  /** The models whose totals by operator, and whose memory, are shown. */
  private operatorsOf: readonly Layer[] | null = null;
  private memoryOf: readonly Layer[] | null = null;
  private readonly size: ChartFrame;
  private readonly error: ChartFrame;
  private timer = 0;

  constructor(private readonly model: PageModel, private readonly view: ViewStateStore, tooltip: Tooltip, private readonly actions: OverviewActions) {
    this.size = new ChartFrame({ id: 'size', title: t('chart.size'), view, tooltip });
    this.error = new ChartFrame({ id: 'error', title: t('chart.error'), view, tooltip });
    this.memory = new ChartFrame({ id: 'memory', title: t('memory.title'), view, tooltip });
    const tabs = new Tabs(t('overview.label'), [
      { id: 'layers', title: t('overview.layers'), content: element('div', { class: 'overview-charts' }, this.size.root, this.error.root) },
      { id: 'memory', title: t('overview.memory'), content: element('div', { class: 'overview-charts' }, this.memory.root, this.peak) },
      { id: 'operators', title: t('overview.operators'), content: this.operators },
    ], view.value.overview, (id) => {
      view.update({ overview: OVERVIEW_TABS.find((known) => known === id) ?? 'layers' });
      this.update();
    });
    this.root = element('div', { class: 'overview' }, tabs.root);
  }

  update(): void {
    if (this.timer !== 0) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.draw();
    }, REDRAW_MS);
  }

  private draw(): void {
    switch (this.view.value.overview) {
      case 'layers': this.drawCharts(); break;
      case 'operators': void this.drawOperators(); break;
      case 'memory': void this.drawMemory(); break;
    }
  }

  /** What is asked of the host once for each model: not before all its layers are here. */
  private get wholeModel(): readonly Layer[] | null {
    const { layers, state } = this.model;
    return layers.length === 0 || layers.length < (state?.layerCount ?? 0) ? null : layers;
  }

  private async drawOperators(): Promise<void> {
    const layers = this.wholeModel;
    if (layers === null || layers === this.operatorsOf) return;
    this.operatorsOf = layers;
    try {
      const operators = await this.actions.operators();
      if (this.operatorsOf === layers) this.operators.replaceChildren(operatorsTable(operators, this.actions.filter));
    } catch (error) {
      if (this.operatorsOf === layers) this.operatorsOf = null;
      this.operators.replaceChildren(element('p', { class: 'chart-empty', text: t('operators.failed', messageOf(error)) }));
    }
  }

  private async drawMemory(): Promise<void> {
    const layers = this.wholeModel;
    if (layers === null || layers === this.memoryOf) return;
    this.memoryOf = layers;
    try {
      const memory = await this.actions.memory();
      if (this.memoryOf !== layers) return;
      this.memory.show(memoryChart(memory, layers, this.actions.reveal));
      this.peak.replaceChildren(memoryPeak(memory, layers, this.actions.reveal));
    } catch (error) {
      if (this.memoryOf === layers) this.memoryOf = null;
      this.memory.show(null, t('memory.failed', messageOf(error)));
    }
  }

  private drawCharts(): void {
    const assessmentOf = (layer: number): ReturnType<PageModel['assessmentOf']> => this.model.assessmentOf(layer);
    const sizes = sizeBars(this.model.layers, assessmentOf);
    const errors = errorBars(this.model.layers, assessmentOf);
    if (sizes.bars.length === 0) this.size.show(null, t('chart.nothing'));
    else this.size.show(sizeChart(sizes, this.pointActions(sizes.bars)));
    if (errors.bars.length === 0) this.error.show(null, t(this.isRefused() ? 'chart.nothingCanBe' : 'chart.nothingQuantized'));
    else this.error.show(errorChart(errors, this.pointActions(errors.bars)));
  }

  /** Whether no layer can have the format that is chosen for it. */
  private isRefused(): boolean {
    const weighted = this.model.layers.filter(({ weights }) => weights.length > 0);
    return weighted.length > 0 && weighted.every(({ index }) => this.model.assessmentOf(index)?.state === 'skipped');
  }

  private pointActions(bars: readonly LayerBar[]): { readonly describe: (point: number) => Promise<HoverText> | string; readonly pick: (point: number) => void } {
    return {
      describe: (point) => {
        const bar = bars[point];
        return bar === undefined ? '' : this.actions.hover(bar.layer);
      },
      pick: (point) => {
        const bar = bars[point];
        if (bar !== undefined) this.actions.reveal(bar.layer);
      },
    };
  }
}
