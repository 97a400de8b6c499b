import type { MessageConnection } from 'vscode-jsonrpc/browser';
import * as editorApi from '../src/extension/editorApi';
import type { EditTarget, EditorState } from '../src/extension/editorApi';
import { formatExact } from '../src/format/numbers';
import type { QuantizeResult } from '../src/jobs/records';
import type { WeightScheme } from '../src/quant/scheme';
import { DetailPanel } from './detail/detailPanel';
import { element, messageOf } from './dom';
import { LayerPages } from './layerPages';
import { layersView } from './layersView';
import { FormatMenu } from './menu/formatMenu';
import type { FloatActivations } from './menu/formatMenu';
import { OverviewCharts } from './overview/overviewCharts';
import { PageModel } from './pageModel';
import type { Change } from './pageModel';
import { ResultView } from './result/resultView';
import { t, tn } from './strings';
import { DimensionFields } from './summary/dimensionFields';
import { guessNotice } from './summary/guessNotice';
import { FigureRow } from './summary/figureRow';
import { HeaderBar, JobBar } from './summary/headerBar';
import { absenceOf, insteadOfLayers } from './summary/insteadOfLayers';
import { ModelDetails } from './summary/modelDetails';
import { missingDataNotice } from './summary/missingDataNotice';
import { Notices } from './summary/notices';
import { placeholder } from './summary/placeholder';
import { layersOf, singleLayer, targetName } from './table/editTarget';
import { FilterBar } from './table/filterBar';
import { showFilterHelp } from './table/filterHelp';
import { layerFilter } from './table/layerFilter';
import { LayerTable } from './table/layerTable';
import { shorten } from './table/rowView';
import { Tooltip } from './tooltip';
import { button } from './ui/button';
import { Tabs } from './ui/tabs';
import type { ViewStateStore } from './viewState';

/** The editor page: makes its parts, and carries what the host says to them and what the person does to the host. */
export class Page {
  private readonly model = new PageModel();
  private readonly pages: LayerPages;
  private readonly overlay = element('div', { class: 'overlay' });
  private readonly tooltip = new Tooltip(this.overlay);
  private readonly header: HeaderBar;
  private readonly job: JobBar;
  private readonly dimensions: DimensionFields;
  private readonly figures: FigureRow;
  private readonly details: ModelDetails;
  private readonly notices: Notices;
  private readonly filterBar: FilterBar;
  private readonly table: LayerTable;
  private readonly detail: DetailPanel;
  private readonly overview: OverviewCharts;
  private readonly result: ResultView;
  private readonly tabs: Tabs;
  private readonly emptyTable = element('div', { class: 'table-empty' });
  private readonly content: HTMLElement;
  private readonly instead = element('div', { class: 'instead' });
  private menu: FormatMenu | null = null;
  private shownState = '';

  constructor(
    root: HTMLElement,
    private readonly connection: MessageConnection,
    private readonly view: ViewStateStore,
    state: EditorState,
  ) {
    this.pages = new LayerPages(connection, this.model);
    const act = (key: string): void => {
      this.send(() => connection.sendRequest(editorApi.act, { key }));
    };
    this.header = new HeaderBar({
      act,
      setTarget: (target) => {
        this.send(() => connection.sendRequest(editorApi.setTarget, { target }));
      },
    });
    this.dimensions = new DimensionFields((name, value) => {
      this.send(() => connection.sendRequest(editorApi.setDimension, { name, value }));
    });
    this.figures = new FigureRow(this.tooltip, {
      chooseCounting: () => {
        act('chooseCounting');
      },
      explain: (figure) => connection.sendRequest(editorApi.explain, { layer: null, figure }),
    });
    this.job = new JobBar(() => {
      act('cancel');
    });
    this.details = new ModelDetails(view.value.detailsOpen, (detailsOpen) => {
      view.update({ detailsOpen });
    });
    this.notices = new Notices(act);
    this.table = new LayerTable(this.model, view, this.tooltip, {
      openMenu: (anchor, target, scheme) => {
        this.openMenu(anchor, target, scheme);
      },
      onSelect: (nodes) => {
        void connection.sendNotification(editorApi.select, { layers: Array.from(layersOf(nodes), ({ index }) => index) });
        this.detail.show(nodes);
        this.showCount();
      },
      onShowing: (layers) => {
        void connection.sendNotification(editorApi.showing, { layers });
      },
      onType: (text) => {
        this.filterBar.type(text);
        this.applyFilter();
      },
      onClear: () => {
        this.clearFilter();
      },
      hover: (subject) => connection.sendRequest(editorApi.hover, subject),
      explain: (layer, figure) => connection.sendRequest(editorApi.explain, { layer, figure }),
    });
    this.filterBar = new FilterBar(view.value.filter, {
      onFilter: () => {
        this.applyFilter();
      },
      onLeave: () => {
        this.table.focus();
      },
      onHelp: (anchor) => {
        this.openFilterHelp(anchor);
      },
      onWholeModel: (anchor) => {
        this.openMenu(anchor, { kind: 'model' }, null);
      },
      onExpandAll: (expanded) => {
        this.table.setAllExpanded(expanded);
      },
    });
    this.detail = new DetailPanel(this.model, view, this.tooltip, connection, {
      edit: (target, scheme) => {
        this.edit(target, scheme);
      },
      openMenu: (anchor, target) => {
        this.openMenu(anchor, target, null);
      },
      targetOf: (nodes) => this.table.targetOf(nodes),
    });
    this.overview = new OverviewCharts(this.model, view, this.tooltip, {
      operators: () => connection.sendRequest(editorApi.operators),
      memory: () => connection.sendRequest(editorApi.memory),
      filter: (text) => {
        this.filterBy(text);
      },
      reveal: (layer) => {
        this.reveal(layer);
      },
      hover: (layer) => connection.sendRequest(editorApi.hover, { layer }),
    });
    this.result = new ResultView(view, this.tooltip, act, (layer) => {
      this.reveal(layer);
    });
    const layers = layersView(view, element('div', { class: 'table-side' }, this.filterBar.root, this.table.root, this.emptyTable), this.detail.root, this.overview.root);
    this.tabs = new Tabs(t('page.views'), [{ id: 'layers', title: t('page.layers'), content: layers }, { id: 'result', title: t('page.result'), content: this.result.root }], view.value.view, (id) => {
      view.update({ view: id === 'result' ? 'result' : 'layers' });
      this.result.setShown(id === 'result');
    });
    this.tabs.root.classList.add('page-views');
    this.result.setShown(view.value.view === 'result');
    this.content = element('div', { class: 'content' }, element('div', { class: 'figure-line' }, this.figures.root, this.dimensions.root, this.details.button), this.details.list, this.tabs.root);
    root.replaceChildren(element('header', {}, this.header.root, this.job.root, this.notices.root), element('main', {}, this.instead, this.content, this.overlay));
    this.content.hidden = true;
    this.model.onChange((changes) => {
      this.update(changes);
    });
    this.listen();
    this.receive(state);
  }

  private listen(): void {
    const { connection, model } = this;
    connection.onNotification(editorApi.didChangeState, (state) => {
      this.receive(state);
    });
    connection.onNotification(editorApi.didChangePlan, (plan) => {
      model.setPlan(plan);
    });
    connection.onNotification(editorApi.didAssess, ({ revision, layers, totals }) => {
      model.merge(revision, layers, totals);
    });
    connection.onNotification(editorApi.didProgress, (job) => {
      model.setJob(job);
    });
    connection.onNotification(editorApi.didFinish, (result) => {
      model.setResult(result);
      this.showView('result');
    });
    connection.onNotification(editorApi.reveal, ({ layer }) => {
      this.reveal(layer);
    });
    // Whoever comes to the page by keyboard starts in the table.
    window.addEventListener('focus', () => {
      if (document.activeElement === document.body && !this.content.hidden) this.table.focus();
    });
  }

  private receive(state: EditorState): void {
    this.model.setState(state);
    if (state.model === null || state.failure !== null) return;
    this.pages.refresh(state.modelRevision, state.layerCount).then(
      () => {
        this.notices.settle('rows');
      },
      (error: unknown) => {
        this.notices.report('rows', t('page.rowsFailed', messageOf(error)));
      },
    );
  }

  private update(changes: ReadonlySet<Change>): void {
    const { state } = this.model;
    if (state === null) return;
    if (changes.has('state')) this.updateState(state);
    if (changes.has('job')) {
      this.job.update(state.job);
      this.header.update(state);
    }
    if (changes.has('state') || changes.has('assessment') || changes.has('layers')) this.figures.update(state, this.model.totals, this.model.layers.find(({ unresolved }) => unresolved !== null));
    if (changes.has('layers')) {
      this.table.layersChanged();
      performance.mark('nibble:rows');
      this.applyFilter();
      this.filterBar.showScopeButtons(this.table.hasScopes);
    } else if (changes.has('assessment')) this.table.figuresChanged();
    if (changes.has('layers') || changes.has('assessment')) {
      this.overview.update();
      this.detail.refresh();
      this.showCount();
    }
    if (changes.has('result')) this.updateResult(state.result);
  }

  /** The views are worth choosing between when there is a result. */
  private updateResult(result: QuantizeResult | null): void {
    this.tabs.root.classList.toggle('without-tabs', result === null);
    if (result === null && this.view.value.view === 'result') this.showView('layers');
    this.result.update(result, this.model.layers);
  }

  private updateState(state: EditorState): void {
    document.title = t('page.title', state.fileName);
    this.content.classList.toggle('with-activations', state.activations !== null);
    this.header.update(state);
    this.dimensions.update({ ...state.model?.dimensions, ...state.model?.runtimeDimensions }, state.model?.assumed ?? []);
    this.details.update(state);
    this.notices.update([...state.notices, ...missingDataNotice(state), ...guessNotice(state)]);
    this.table.setLabel(t('table.label', state.fileName));
    const absence = absenceOf(state);
    const shown = `${absence ?? ''} ${state.failure ?? ''}`;
    if (shown === this.shownState) return;
    this.shownState = shown;
    this.content.hidden = absence === 'loading' || absence === 'failure';
    this.tabs.root.hidden = absence !== null;
    this.instead.hidden = absence === null;
    this.instead.replaceChildren(...(absence === null ? [] : [insteadOfLayers(absence, state, () => {
      this.send(() => this.connection.sendRequest(editorApi.act, { key: 'retry' }));
    })]));
  }

  private applyFilter(): void {
    const { text } = this.filterBar;
    this.view.update({ filter: text });
    const filter = layerFilter(text, (layer) => this.model.assessmentOf(layer));
    this.filterBar.showProblem(filter.doubtful.length === 0 ? null : t('table.filterDoubtful', filter.doubtful.join(' ')));
    this.table.setFilter(filter.matches);
    this.showCount();
  }

  private filterBy(text: string): void {
    this.filterBar.text = text;
    this.applyFilter();
  }

  private openFilterHelp(anchor: HTMLElement): void {
    this.send(async () => {
      showFilterHelp(await this.connection.sendRequest(editorApi.filterHelp), this.overlay, anchor, (example) => {
        this.filterBy(`${this.filterBar.text} ${example}`.trim());
        this.filterBar.focus();
      });
    });
  }

  private clearFilter(): void {
    if (this.filterBar.text === '') return;
    this.filterBar.clear();
    this.applyFilter();
  }

  private showCount(): void {
    const all = this.model.layers.length;
    const filtered = this.filterBar.text.trim() !== '';
    const shown = filtered ? this.table.shownLayers : all;
    const selected = layersOf(this.table.selectedNodes).size;
    const count = filtered ? tn('table.countFiltered', all, formatExact(shown)) : tn('table.count', all);
    this.filterBar.showCount(selected > 1 ? `${count} · ${t('table.countSelected', formatExact(selected))}` : count);
    const nothing = filtered && shown === 0;
    this.emptyTable.hidden = !nothing;
    this.emptyTable.replaceChildren(...(nothing ? [placeholder({ icon: 'search', title: t('table.nothingMatches'), actions: [button({ text: t('table.clearFilter'), onClick: () => {
      this.clearFilter();
    } })] })] : []));
  }

  private reveal(layer: number): void {
    this.showView('layers');
    this.clearFilter();
    this.table.reveal(layer);
  }

  private showView(view: 'layers' | 'result'): void {
    this.tabs.select(view);
    this.view.update({ view });
    this.result.setShown(view === 'result');
  }

  private openMenu(anchor: Element, target: EditTarget, scheme: WeightScheme | 'mixed' | null): void {
    this.tooltip.hide();
    this.menu?.close();
    const single = singleLayer(target);
    this.menu = new FormatMenu({
      overlay: this.overlay, anchor, subject: shorten(targetName(target, this.model.layers)), scheme,
      activations: target.kind === 'model' ? { formats: this.model.state?.activationFormats ?? [], format: this.model.state?.activations ?? null, onChoose: (format) => {
        this.send(() => this.connection.sendRequest(editorApi.setActivations, { format }));
      } } : null,
      floatActivations: this.floatActivations(target),
      options: single === null ? null : () => this.connection.sendRequest(editorApi.formats, { layer: single }),
      onChoose: (chosen) => {
        this.edit(target, chosen);
      },
    }, (returnFocus) => {
      this.menu = null;
      if (!returnFocus) return;
      if (this.table.root.contains(anchor)) this.table.focus();
      else if (anchor instanceof HTMLElement) anchor.focus();
    });
  }

  private floatActivations(target: EditTarget): FloatActivations | null {
    if (target.kind === 'model' || (this.model.state?.activations ?? null) === null) return null;
    const layers = target.kind === 'layers' ? target.layers : this.model.layers.filter(({ scope }) => target.scope.every((part, depth) => scope[depth] === part)).map(({ index }) => index);
    const known = layers.flatMap((layer) => this.model.assessmentOf(layer)?.activations ?? []);
    if (known.length === 0) return null;
    return { float: known.every(({ byPlan }) => byPlan), onChoose: (float) => {
      this.send(() => this.connection.sendRequest(editorApi.setFloatActivations, { target, float }));
    } };
  }

  private edit(target: EditTarget, scheme: WeightScheme | null): void {
    this.send(() => this.connection.sendRequest(editorApi.edit, { target, scheme }));
  }

  /** Sends a request whose failure the person has to hear of. */
  private send(request: () => Promise<unknown>): void {
    request().catch((error: unknown) => {
      this.notices.report('request', messageOf(error));
    });
  }
}
