import type { HoverText, OperatorTotals } from '../../src/extension/editorApi';
import type { Layer } from '../../src/graph/layer';
import { ChartFrame } from '../charts/chartFrame';
import { element } from '../dom';
import type { PageModel } from '../pageModel';
import { t } from '../strings';
import type { Tooltip } from '../tooltip';
import { Tabs } from '../ui/tabs';
import type { ViewStateStore } from '../viewState';
import { errorChart } from './errorChart';
import type { LayerBar } from './layerBars';
import { errorBars, sizeBars } from './layerBars';
import { operatorsTable } from './operatorsTable';
import { sizeChart } from './sizeChart';

/** Figures arrive in bursts while errors are computed; a chart needs no more than a few frames of them a second. */
const REDRAW_MS = 200;

export interface OverviewActions {
  readonly reveal: (layer: number) => void;
  readonly hover: (layer: number) => Promise<HoverText>;
  readonly operators: () => Promise<readonly OperatorTotals[]>;
  readonly filter: (text: string) => void;
}

/** What stands below the table: the whole model at a glance, layer by layer and operator by operator. */
export class OverviewCharts {
  readonly root: HTMLElement;
  private readonly operators = element('div', { class: 'operators-box', attributes: { tabindex: '0', role: 'group', 'aria-label': t('operators.title') } });
  /** The model whose totals by operator are shown. */
  private operatorsOf: readonly Layer[] | null = null;
  private readonly size: ChartFrame;
  private readonly error: ChartFrame;
  private timer = 0;

  constructor(private readonly model: PageModel, private readonly view: ViewStateStore, tooltip: Tooltip, private readonly actions: OverviewActions) {
    this.size = new ChartFrame({ id: 'size', title: t('chart.size'), view, tooltip });
    this.error = new ChartFrame({ id: 'error', title: t('chart.error'), view, tooltip });
    const tabs = new Tabs(t('overview.label'), [
      { id: 'layers', title: t('overview.layers'), content: element('div', { class: 'overview-charts' }, this.size.root, this.error.root) },
      { id: 'operators', title: t('overview.operators'), content: this.operators },
    ], view.value.overview, (id) => {
      view.update({ overview: id === 'operators' ? 'operators' : 'layers' });
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
    if (this.view.value.overview === 'operators') void this.drawOperators();
    else this.drawCharts();
  }

  private async drawOperators(): Promise<void> {
    const { layers } = this.model;
    if (layers === this.operatorsOf || layers.length < (this.model.state?.layerCount ?? 0)) return;
    this.operatorsOf = layers;
    try {
      const operators = await this.actions.operators();
      if (this.operatorsOf === layers) this.operators.replaceChildren(operatorsTable(operators, this.actions.filter));
    } catch (error) {
      this.operatorsOf = null;
      this.operators.replaceChildren(element('p', { class: 'chart-empty', text: t('operators.failed', error instanceof Error ? error.message : String(error)) }));
    }
  }

  private drawCharts(): void {
    const assessmentOf = (layer: number): ReturnType<PageModel['assessmentOf']> => this.model.assessmentOf(layer);
    const sizes = sizeBars(this.model.layers, assessmentOf);
    const errors = errorBars(this.model.layers, assessmentOf);
    if (sizes.bars.length === 0) this.size.show(null, t('chart.nothing'));
    else this.size.show(sizeChart(sizes, this.pointActions(sizes.bars)));
    if (errors.bars.length === 0) this.error.show(null, t('chart.nothingQuantized'));
    else this.error.show(errorChart(errors, this.pointActions(errors.bars)));
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
