import type { Layer } from '../../src/graph/layer';
import type { PageModel } from '../pageModel';
import { tn } from '../strings';
import type { ViewStateStore } from '../viewState';
import { columnScale } from './columnScale';
import type { LayerNode, ScopeNode, Subtotal, TreeNode } from '../../src/format/layerTree';
import { buildTree, layerKey, repetitionAround, subtotalOf } from '../../src/format/layerTree';
import type { RowFigures, RowSources } from './rowFigures';
import { rowFigures } from './rowFigures';
import type { Row } from './rows';
import { visibleRows } from './rows';
import type { RowScales } from './rowView';

/** Models up to this many layers open with every scope expanded; larger ones with their outermost scopes closed. */
const EXPAND_ALL_BELOW = 400;

/** What the table shows: the tree of layers, which part of it is on show in which order, and the figures of every row. */
export class TableRows {
  private readonly toggled: Set<string>;
  private root: ScopeNode = buildTree([]);
  private nodes = new Map<string, TreeNode>();
  private shown: readonly Row[] = [];
  private flatNodes: readonly LayerNode[] = [];
  private subtotals = new Map<ScopeNode, Subtotal>();
  private treeScales: RowScales | null = null;
  private flatScales: RowScales | null = null;
  private filter: ((layer: Layer) => boolean) | null = null;

  private readonly sources: RowSources = {
    assessmentOf: (layer) => this.model.assessmentOf(layer),
    findingsOf: (layer) => this.model.findingsOf(layer),
    subtotal: (scope) => this.subtotal(scope),
    describePartial: (unknown) => tn('row.partial', unknown),
    // A flat list has rows of its own, which know of no blocks.
    isRepeated: (node) => repetitionAround(this.nodes.get(node.key) ?? node) !== null,
  };

  constructor(private readonly model: PageModel, private readonly view: ViewStateStore) {
    this.toggled = new Set(view.value.toggled);
  }

  get rows(): readonly Row[] {
    return this.shown;
  }

  get isFiltered(): boolean {
    return this.filter !== null;
  }

  get hasScopes(): boolean {
    return this.root.children.some((child) => child.kind === 'scope');
  }

  /** Units and largest figures: of scopes in the tree, of single layers in a ranking. */
  get scales(): RowScales {
    if (this.view.value.sort === null) return (this.treeScales ??= this.measure(this.root.children));
    return (this.flatScales ??= this.measure(this.flatNodes));
  }

  node(key: string): TreeNode | undefined {
    return this.nodes.get(key);
  }

  /** Where a row is shown; a search, because it is asked for far more rarely than rows are arranged. */
  indexOf(key: string): number | undefined {
    const index = this.shown.findIndex(({ node }) => node.key === key);
    return index < 0 ? undefined : index;
  }

  layersChanged(): void {
    this.root = buildTree(this.model.layers, this.model.state?.blocks ?? []);
    this.nodes = indexNodes(this.root);
    this.flatNodes = this.root.layers.map((layer) => flatNode(layer, this.root));
    this.figuresChanged();
  }

  figuresChanged(): void {
    this.subtotals = new Map();
    this.treeScales = null;
    this.flatScales = null;
  }

  setFilter(filter: ((layer: Layer) => boolean) | null): void {
    this.filter = filter;
  }

  /** Whether new figures can change which rows are shown, or their order. */
  get dependsOnFigures(): boolean {
    const key = this.view.value.sort?.key;
    return this.isFiltered || key === 'sqnrDb' || key === 'bytesAfter';
  }

  /** Works out anew which rows are shown. */
  arrange(): void {
    this.shown = visibleRows(this.root, this.flatNodes, {
      isExpanded: (scope) => this.isExpanded(scope), sort: this.view.value.sort, matches: this.filter, assessmentOf: (layer) => this.model.assessmentOf(layer),
    });
  }

  isExpanded(scope: ScopeNode): boolean {
    return scope.parent === null || this.opensByItself(scope) !== this.toggled.has(scope.key);
  }

  setExpanded(scope: ScopeNode, expanded: boolean): void {
    if (this.isExpanded(scope) === expanded) return;
    if (!this.toggled.delete(scope.key)) this.toggled.add(scope.key);
    this.view.update({ toggled: [...this.toggled] });
  }

  setAllExpanded(expanded: boolean): void {
    this.toggled.clear();
    for (const node of this.nodes.values()) if (node.kind === 'scope' && expanded !== this.opensByItself(node)) this.toggled.add(node.key);
    this.view.update({ toggled: [...this.toggled] });
  }

  /** Repetitions are shown once, until somebody wants to see each. */
  private opensByItself(scope: ScopeNode): boolean {
    return scope.repetitions === 1 && (this.model.state?.layerCount ?? 0) <= EXPAND_ALL_BELOW;
  }

  /** The closest scope above a row that is no longer shown. */
  nearestShown(key: string | null): string | null {
    for (let node = key === null ? undefined : this.nodes.get(key)?.parent; node !== undefined && node !== null; node = node.parent) if (this.indexOf(node.key) !== undefined) return node.key;
    return null;
  }

  figures(node: TreeNode): RowFigures {
    return rowFigures(node, this.sources);
  }

  private subtotal(scope: ScopeNode): Subtotal {
    let known = this.subtotals.get(scope);
    if (known === undefined) {
      known = subtotalOf(scope.layers, (layer) => this.model.assessmentOf(layer));
      this.subtotals.set(scope, known);
    }
    return known;
  }

  private measure(nodes: readonly TreeNode[]): RowScales {
    const largest = { parameters: 1, weightBytes: 1, macs: 1, bytesAfter: 1 };
    for (const node of nodes) {
      const figures = this.figures(node);
      largest.parameters = Math.max(largest.parameters, figures.parameters);
      largest.weightBytes = Math.max(largest.weightBytes, figures.weightBytes);
      largest.macs = Math.max(largest.macs, figures.macs ?? 0);
      largest.bytesAfter = Math.max(largest.bytesAfter, figures.bytesAfter ?? 0);
    }
    return { parameters: columnScale(largest.parameters, 'count'), bytes: columnScale(largest.weightBytes, 'bytes'), macs: columnScale(largest.macs, 'count'), largest };
  }
}

/** A layer's row in a flat list, which shows its whole name. */
function flatNode(layer: Layer, parent: ScopeNode): LayerNode {
  return { kind: 'layer', key: layerKey(layer.index), label: layer.name, parent, layer };
}

function indexNodes(root: ScopeNode): Map<string, TreeNode> {
  const nodes = new Map<string, TreeNode>();
  const open = [root];
  for (let scope = open.pop(); scope !== undefined; scope = open.pop()) {
    for (const child of scope.children) {
      nodes.set(child.key, child);
      if (child.kind === 'scope') open.push(child);
    }
  }
  return nodes;
}
