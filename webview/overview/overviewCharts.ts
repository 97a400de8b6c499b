import type { HoverText } from '../../src/extension/editorApi';
import { ChartFrame } from '../charts/chartFrame';
import { element } from '../dom';
import type { PageModel } from '../pageModel';
import { t } from '../strings';
import type { Tooltip } from '../tooltip';
import type { ViewStateStore } from '../viewState';
import { errorChart } from './errorChart';
import type { LayerBar } from './layerBars';
import { errorBars, sizeBars } from './layerBars';
import { sizeChart } from './sizeChart';

/** Figures arrive in bursts while errors are computed; a chart needs no more than a few frames of them a second. */
const REDRAW_MS = 200;

export interface OverviewActions {
  readonly reveal: (layer: number) => void;
  readonly hover: (layer: number) => Promise<HoverText>;
}

/** The charts below the table: the whole model at a glance. */
export class OverviewCharts {
  readonly root: HTMLElement;
  private readonly size: ChartFrame;
  private readonly error: ChartFrame;
  private timer = 0;

  constructor(private readonly model: PageModel, view: ViewStateStore, tooltip: Tooltip, private readonly actions: OverviewActions) {
    this.size = new ChartFrame({ id: 'size', title: t('chart.size'), view, tooltip });
    this.error = new ChartFrame({ id: 'error', title: t('chart.error'), view, tooltip });
    this.root = element('div', { class: 'overview' }, this.size.root, this.error.root);
  }

  update(): void {
    if (this.timer !== 0) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.draw();
    }, REDRAW_MS);
  }

  private draw(): void {
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
