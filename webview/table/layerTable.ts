import type { EditTarget, Figure, HoverSubject, HoverText } from '../../src/extension/editorApi';
import type { ScopeNode, TreeNode } from '../../src/format/layerTree';
import { layerKey, pathOf } from '../../src/format/layerTree';
import type { Layer } from '../../src/graph/layer';
import type { WeightScheme } from '../../src/quant/scheme';
import { element, setAttribute } from '../dom';
import type { PageModel } from '../pageModel';
import type { Tooltip } from '../tooltip';
import type { Sort, ViewStateStore } from '../viewState';
import { editTarget, singleLayer } from './editTarget';
import type { Row } from './rows';
import { RowView } from './rowView';
import { Selection } from './selection';
import { TableHeader } from './tableHeader';
import { tableAction } from './tableKeys';
import type { TableAction } from './tableKeys';
import { TableRows } from './tableRows';
import { VirtualRows } from './virtualRows';

/** Rest after scrolling before the host hears which rows are on show. */
const SHOWING_MS = 60;

/** Columns whose figures have an explanation of their own. */
const EXPLAINED = ['parameters', 'weightBytes', 'macs'] as const;

/** What the rest of the page does for the table. */
export interface LayerTableActions {
  readonly openMenu: (anchor: Element, target: EditTarget, scheme: WeightScheme | 'mixed' | null) => void;
  readonly onSelect: (nodes: readonly TreeNode[]) => void;
  readonly onShowing: (layers: readonly number[]) => void;
  readonly onType: (text: string) => void;
  readonly onClear: () => void;
  readonly hover: (subject: HoverSubject) => Promise<HoverText>;
  /** Where a layer's figure comes from. */
  readonly explain: (layer: number, figure: Figure) => Promise<HoverText>;
}

/** The layer table: a tree grid over any number of layers, driven by mouse and keyboard like VS Code's own lists. */
export class LayerTable {
  readonly root: HTMLElement;
  private readonly scroller: HTMLElement;
  private readonly header: TableHeader;
  private readonly list: VirtualRows<Row>;
  private readonly selection: Selection;
  private readonly table: TableRows;
  private hasFocus = false;
  /** A key is just moving the focus. Focus that comes back with the window asks for no tooltip over the rows. */
  private movesByKey = false;
  private showingTimer = 0;
  private scrollToRestore: number;
  private revealLater: number | null = null;

  constructor(
    private readonly model: PageModel,
    private readonly view: ViewStateStore,
    private readonly tooltip: Tooltip,
    private readonly actions: LayerTableActions,
  ) {
    const { value } = view;
    this.selection = new Selection(value.selection, value.active);
    this.table = new TableRows(model, view);
    this.scrollToRestore = value.scrollTop;
    this.header = new TableHeader((sort) => {
      this.setSort(sort);
    }, value.sort);
    const body = element('div', { class: 'table-body', attributes: { role: 'rowgroup' } });
    const head = element('div', { class: 'table-head', attributes: { role: 'rowgroup' } }, this.header.root);
    this.scroller = element('div', { class: 'table', attributes: { role: 'treegrid', 'aria-multiselectable': 'true', 'aria-colcount': '9' } }, head, body);
    this.root = this.scroller;
    this.list = new VirtualRows(this.scroller, body, head, (row) => row.node.key, () => new RowView({
      scales: () => this.table.scales,
      figures: (row) => this.table.figures(row.node),
      isSelected: (key) => this.selection.has(key),
      isActive: (key) => this.selection.active === key,
    }), () => this.selection.active, (first, last) => {
      this.reportShowing(first, last);
    });
    this.listen(body);
  }

  /** The whole table again: other layers. Keeps the selection of rows that still exist. */
  layersChanged(): void {
    this.table.layersChanged();
    this.rowsChanged();
    if (this.scrollToRestore > 0 && this.table.rows.length > 0) {
      this.scroller.scrollTop = this.scrollToRestore;
      if (this.model.layers.length >= (this.model.state?.layerCount ?? 0)) this.scrollToRestore = 0;
    }
    if (this.revealLater === null) this.announceSelection(false);
    else this.reveal(this.revealLater);
  }

  /** Figures have arrived: the rows stay, unless they are ranked by such a figure. */
  figuresChanged(): void {
    this.table.figuresChanged();
    if (this.table.dependsOnFigures) this.rowsChanged();
    else this.redraw();
  }

  setFilter(matches: ((layer: Layer) => boolean) | null): void {
    this.table.setFilter(matches);
    this.rowsChanged();
  }

  setLabel(label: string): void {
    setAttribute(this.scroller, 'aria-label', label);
  }

  get shownLayers(): number {
    return this.table.rows.filter(({ node }) => node.kind === 'layer').length;
  }

  get selectedNodes(): readonly TreeNode[] {
    return [...this.selection.keys].map((key) => this.table.node(key)).filter((node) => node !== undefined);
  }

  /** Puts the focus on the active row, or on the first. */
  focus(): void {
    if (this.selection.active === null || this.table.indexOf(this.selection.active) === undefined) this.selection.moveTo(this.table.rows[0]?.node.key ?? null);
    this.list.refresh();
    if (this.selection.active !== null) this.list.elementOf(this.selection.active)?.focus();
  }

  /** Selects a layer, opening the scopes above it, and brings it into view. */
  reveal(layer: number): void {
    const node = this.table.node(layerKey(layer));
    if (node === undefined) {
      // Its page is still on the way.
      this.revealLater = layer;
      return;
    }
    this.revealLater = null;
    for (let above = node.parent; above !== null; above = above.parent) this.table.setExpanded(above, true);
    this.selection.select(node.key);
    this.rowsChanged();
    this.showActive();
    this.announceSelection(true);
  }

  setAllExpanded(expanded: boolean): void {
    this.table.setAllExpanded(expanded);
    this.rowsChanged();
  }

  get hasScopes(): boolean {
    return this.table.hasScopes;
  }

  targetOf(nodes: readonly TreeNode[]): EditTarget {
    return editTarget(nodes, this.table.isFiltered ? null : this.model.layers);
  }

  private listen(body: HTMLElement): void {
    this.scroller.addEventListener('scroll', () => {
      this.view.update({ scrollTop: this.scroller.scrollTop });
    });
    body.addEventListener('click', (event) => {
      this.onClick(event);
    });
    body.addEventListener('contextmenu', (event) => {
      this.onContextMenu(event);
    });
    body.addEventListener('dblclick', (event) => {
      const node = this.nodeAt(event.target);
      if (node?.kind === 'scope') this.toggle(node);
    });
    this.scroller.addEventListener('keydown', (event) => {
      // The titles of the columns are ordinary buttons.
      if (event.target instanceof Element && event.target.closest('[role=columnheader]') !== null) return;
      const action = tableAction(event);
      if (action === null) return;
      this.movesByKey = true;
      const done = this.perform(action);
      this.movesByKey = false;
      if (!done) return;
      event.preventDefault();
      event.stopPropagation();
    });
    body.addEventListener('focusin', (event) => {
      this.hasFocus = true;
      const node = this.nodeAt(event.target);
      if (node !== undefined && node.key !== this.selection.active) {
        this.selection.moveTo(node.key);
        this.list.refresh();
      }
      if (node !== undefined && event.target instanceof HTMLElement && this.movesByKey) this.wishTooltip(event.target, node);
    });
    body.addEventListener('focusout', () => {
      this.hasFocus = false;
      this.tooltip.leave();
    });
    body.addEventListener('mouseover', (event) => {
      this.onHover(event);
    });
    body.addEventListener('mouseleave', () => {
      this.tooltip.leave();
    });
  }

  private onHover(event: MouseEvent): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('.row') : null;
    const node = this.nodeAt(event.target);
    if (row === null || node === undefined || !(event.target instanceof Element)) return;
    const why = event.target.closest<HTMLElement>('[data-why]');
    if (why !== null) this.tooltip.wish({ anchor: why, content: () => why.dataset['why'] ?? '' }, { x: event.clientX, y: row.getBoundingClientRect().bottom });
    else this.wishTooltip(row, node, event.clientX, event.target.closest('.cell'));
  }

  /** Over a figure of a layer the tooltip explains that figure; elsewhere, and for the keyboard, it is about the row. */
  private wishTooltip(row: HTMLElement, node: TreeNode, x?: number, cell: Element | null = null): void {
    const at = x === undefined ? undefined : { x, y: row.getBoundingClientRect().bottom };
    const figure = node.kind === 'layer' ? EXPLAINED.find((known) => cell?.classList.contains(`cell-${known}`) === true) : undefined;
    if (node.kind === 'layer' && cell !== null && figure !== undefined) this.tooltip.wish({ anchor: cell, content: () => this.actions.explain(node.layer.index, figure) }, at);
    else this.tooltip.wish({ anchor: row, content: () => this.actions.hover(subjectOf(node)) }, at);
  }

  /** VS Code shows the menu; it is about the selection, so the row under the pointer belongs to it from now on. */
  private onContextMenu(event: MouseEvent): void {
    const node = this.nodeAt(event.target);
    if (node === undefined) return;
    this.tooltip.hide();
    if (!this.selection.has(node.key)) this.choose(node, 'select');
  }

  private onClick(event: MouseEvent): void {
    const node = this.nodeAt(event.target);
    if (node === undefined || !(event.target instanceof Element)) return;
    const button = event.target.closest('.format-button');
    if (button !== null) {
      if (!this.selection.has(node.key)) this.choose(node, 'select');
      else this.selection.moveTo(node.key);
      this.openMenu(button, node);
      return;
    }
    if (event.target.closest('.twistie') !== null && node.kind === 'scope') {
      this.toggle(node);
      return;
    }
    this.choose(node, event.shiftKey ? 'extend' : event.ctrlKey || event.metaKey ? 'toggle' : 'select');
    this.focus();
  }

  /** Returns false when the key means nothing here. */
  private perform(action: TableAction): boolean {
    const at = this.selection.active === null ? -1 : (this.table.indexOf(this.selection.active) ?? -1);
    const row = this.table.rows[at];
    switch (action.kind) {
      case 'move': this.move(action.to, action.mode, at); return true;
      case 'collapse':
        if (row === undefined) return true;
        if (row.expanded === true && !this.table.isFiltered && row.node.kind === 'scope') this.toggle(row.node);
        else if (row.node.parent !== null && this.table.indexOf(row.node.parent.key) !== undefined) this.moveToIndex(this.table.indexOf(row.node.parent.key)!, 'select');
        return true;
      case 'expand':
        if (row?.expanded === false && row.node.kind === 'scope') this.toggle(row.node);
        else if (row?.expanded === true) this.moveToIndex(at + 1, 'select');
        return true;
      case 'expandSiblings':
        for (const sibling of row?.node.parent?.children ?? []) if (sibling.kind === 'scope') this.table.setExpanded(sibling, true);
        this.rowsChanged();
        return true;
      case 'selectAll':
        // The scope of a match stands for layers, too, that the filter leaves out.
        this.selection.selectAll(this.table.rows.filter(({ node }) => node.kind === 'layer' || !this.table.isFiltered).map(({ node }) => node.key));
        this.announceSelection(true);
        return true;
      case 'toggle':
        if (row !== undefined) this.choose(row.node, 'toggle');
        return true;
      case 'openMenu':
        if (row === undefined) return true;
        this.showActive();
        this.openMenu(this.list.elementOf(row.node.key)?.querySelector('.format-button:not(.hidden)') ?? this.scroller, row.node);
        return true;
      case 'clear':
        this.actions.onClear();
        return true;
      case 'type':
        this.actions.onType(action.text);
        return true;
    }
  }

  private move(to: 'previous' | 'next' | 'pageUp' | 'pageDown' | 'first' | 'last', mode: 'select' | 'extend' | 'focus', at: number): void {
    const last = this.table.rows.length - 1;
    const targets = { previous: at - 1, next: at + 1, pageUp: at - this.list.pageSize, pageDown: at + this.list.pageSize, first: 0, last };
    this.moveToIndex(Math.max(0, Math.min(last, targets[to])), mode);
  }

  private moveToIndex(index: number, mode: 'select' | 'extend' | 'focus'): void {
    const row = this.table.rows[index];
    if (row === undefined) return;
    if (mode === 'focus') this.selection.moveTo(row.node.key);
    else this.choose(row.node, mode);
    this.showActive();
    this.focus();
  }

  private choose(node: TreeNode, mode: 'select' | 'extend' | 'toggle'): void {
    if (mode === 'select') this.selection.select(node.key);
    else if (mode === 'toggle') this.selection.toggle(node.key);
    else this.selection.extendTo(node.key, this.table.rows.map((row) => row.node.key));
    this.announceSelection(true);
  }

  private openMenu(anchor: Element, node: TreeNode): void {
    const nodes = this.selection.has(node.key) ? this.selectedNodes : [node];
    const target = this.targetOf(nodes);
    if (target.kind === 'layers' && target.layers.length === 0) return;
    const single = singleLayer(target);
    const lead = single === null ? node : (this.table.node(layerKey(single)) ?? node);
    this.actions.openMenu(anchor, target, this.table.figures(lead).scheme);
  }

  private setSort(sort: Sort | null): void {
    this.view.update({ sort });
    this.header.setSort(sort);
    this.rowsChanged();
    this.scroller.scrollTop = 0;
  }

  private toggle(scope: ScopeNode): void {
    this.table.setExpanded(scope, !this.table.isExpanded(scope));
    this.rowsChanged();
  }

  private rowsChanged(): void {
    const hadFocus = this.hasFocus;
    this.table.arrange();
    const { active } = this.selection;
    if (active === null || this.table.indexOf(active) === undefined) this.selection.moveTo(this.table.nearestShown(active) ?? this.table.rows[0]?.node.key ?? null);
    setAttribute(this.scroller, 'aria-rowcount', String(this.table.rows.length + 1));
    this.showUnits();
    this.list.setRows(this.table.rows);
    if (hadFocus && this.selection.active !== null) this.list.elementOf(this.selection.active)?.focus({ preventScroll: true });
  }

  private redraw(): void {
    this.showUnits();
    this.list.refresh();
  }

  private showUnits(): void {
    const { parameters, bytes, macs } = this.table.scales;
    this.header.setUnit('parameters', parameters.unit);
    this.header.setUnit('weightBytes', bytes.unit);
    this.header.setUnit('bytesAfter', bytes.unit);
    this.header.setUnit('macs', macs.unit);
  }

  private showActive(): void {
    const index = this.selection.active === null ? undefined : this.table.indexOf(this.selection.active);
    if (index !== undefined) this.list.scrollTo(index);
  }

  private announceSelection(byPerson: boolean): void {
    if (byPerson) this.view.update({ selection: [...this.selection.keys], active: this.selection.active });
    this.list.refresh();
    this.actions.onSelect(this.selectedNodes);
  }

  /** Tells the host where the person has come to rest, not every row that flew by. */
  private reportShowing(first: number, last: number): void {
    window.clearTimeout(this.showingTimer);
    this.showingTimer = window.setTimeout(() => {
      this.sendShowing(first, last);
    }, SHOWING_MS);
  }

  private sendShowing(first: number, last: number): void {
    const layers: number[] = [];
    for (const { node } of this.table.rows.slice(first, last + 1)) if (node.kind === 'layer') layers.push(node.layer.index);
    this.actions.onShowing(layers);
  }

  private nodeAt(target: EventTarget | null): TreeNode | undefined {
    const key = target instanceof Element ? target.closest<HTMLElement>('.row')?.dataset['key'] : undefined;
    return key === undefined ? undefined : this.table.node(key);
  }
}

function subjectOf(node: TreeNode): HoverSubject {
  if (node.kind === 'layer') return { layer: node.layer.index };
  return node.path === null ? { title: pathOf(node), layers: node.layers.map(({ index }) => index) } : { scope: node.path };
}
