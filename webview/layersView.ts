import { element } from './dom';
import { t } from './strings';
import { Splitter } from './ui/splitter';
import type { ViewStateStore } from './viewState';

/** Least sizes in pixels that leave something to read of each part. */
const LEAST_TABLE = { width: 320, height: 140 };
const LEAST_DETAIL = 220;
const LEAST_CHARTS = 90;

/** The table with the panel beside it and the charts below, each as large as the person wants it. */
export function layersView(view: ViewStateStore, table: HTMLElement, detail: HTMLElement, charts: HTMLElement): HTMLElement {
  const beside = new Splitter({
    label: t('page.resizeDetail'), pane: 'right', property: '--detail-size', least: { pane: LEAST_DETAIL, rest: LEAST_TABLE.width }, share: view.value.detailShare,
    onResize: (detailShare) => {
      view.update({ detailShare });
    },
  });
  const below = new Splitter({
    label: t('page.resizeCharts'), pane: 'below', property: '--charts-size', least: { pane: LEAST_CHARTS, rest: LEAST_TABLE.height }, share: view.value.chartsShare,
    onResize: (chartsShare) => {
      view.update({ chartsShare });
    },
  });
  const split = element('div', { class: 'split' }, table, beside.root, detail);
  const root = element('div', { class: 'layers-view' }, split, below.root, charts);
  beside.restore();
  below.restore();
  return root;
}
