import { EventEmitter, l10n, MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState, window } from 'vscode';
import type { CancellationToken, TreeDataProvider, TreeView } from 'vscode';
import { buildTree, layerKey, pathOf, repetitionAround, subtotalOf } from '../format/layerTree';
import type { LayerNode, ScopeNode, TreeNode } from '../format/layerTree';
import { toMarkdown } from '../format/hoverMarkup';
import { formatActivationBits } from '../format/activations';
import { formatBytes, formatDb, formatTimes } from '../format/numbers';
import { plural } from '../format/plural';
import { formatScheme } from '../format/scheme';
import { formatNumbers } from '../format/stored';
import type { Layer } from '../graph/layer';
import type { LayerAssessment } from '../jobs/records';
import type { ActiveModel } from './activeModel';
import { layerHover, layersHover } from './layerHover';
import type { ModelDocument } from './modelDocument';
import { baseName } from './planLocation';

export const LAYERS_VIEW = 'nibble.layers';

/** Figures arrive layer by layer: the tree is drawn anew at most this often. */
const REFRESH_EVERY_MS = 150;

/** VS Code takes a tree's rows one by one; more than these below one row make the window stutter. The editor shows all. */
export const MAX_CHILDREN_SHOWN = 2_000;

/** More changed rows than these are cheaper to draw anew as a whole. */
const MAX_ROWS_REFRESHED = 200;

/** The last row of a list that was cut. */
interface MoreNode {
  readonly kind: 'more';
  readonly parent: ScopeNode;
  readonly hidden: number;
}

type Row = TreeNode | MoreNode;

/** The layers of the active model, by name scope. */
export class LayersView implements TreeDataProvider<Row> {
  private readonly changed = new EventEmitter<Row[] | undefined>();
  private readonly changedLayers = new Set<number>();
  private root: ScopeNode | null = null;
  private layerNodes = new Map<string, LayerNode>();
  private listeners: { dispose(): void }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private view: TreeView<Row> | undefined;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly active: ActiveModel) {
    active.onDidChange((document) => { this.attach(document); });
    active.onDidSelect((layers) => { void this.follow(layers); });
  }

  register(): TreeView<Row> {
    this.view = window.createTreeView(LAYERS_VIEW, { treeDataProvider: this, canSelectMany: true, showCollapseAll: true });
    return this.view;
  }

  /** What is selected in the tree. */
  get selection(): readonly TreeNode[] {
    return (this.view?.selection ?? []).filter((row) => row.kind !== 'more');
  }

  /** The row of a layer of the active model. */
  nodeOf(layer: number): LayerNode | undefined {
    return this.layerNodes.get(layerKey(layer));
  }

  getChildren(node?: Row): Row[] {
    const parent = node ?? this.root;
    if (parent?.kind !== 'scope') return [];
    const hidden = parent.children.length - MAX_CHILDREN_SHOWN;
    return hidden <= 0 ? parent.children : [...parent.children.slice(0, MAX_CHILDREN_SHOWN), { kind: 'more', parent, hidden }];
  }

  getParent(node: Row): TreeNode | undefined {
    return node.parent === this.root ? undefined : (node.parent ?? undefined);
  }

  getTreeItem(node: Row): TreeItem {
    switch (node.kind) {
      case 'scope':
        return this.scopeItem(node);
      case 'layer':
        return this.layerItem(node);
      case 'more':
        return new TreeItem(l10n.t('{0} more in the editor', node.hidden));
    }
  }

  /** Called when the pointer rests on a row: only then is the tooltip, which needs every format's error, made. */
  async resolveTreeItem(item: TreeItem, node: Row, token: CancellationToken): Promise<TreeItem> {
    const session = this.active.document?.session;
    if (node.kind === 'more' || !session || token.isCancellationRequested) return item;
    try {
      item.tooltip = new MarkdownString(toMarkdown(node.kind === 'scope' ? layersHover(session, `/${pathOf(node)}`, node.layers.map(({ index }) => index)) : await layerHover(session, node.layer.index)));
    } catch (error) {
      item.tooltip = error instanceof Error ? error.message : String(error);
    }
    return item;
  }

  private scopeItem(node: ScopeNode): TreeItem {
    const sum = subtotalOf(node.layers, (layer) => this.assessment(layer));
    const item = new TreeItem(node.label, TreeItemCollapsibleState.Collapsed);
    const scheme = sum.scheme === null ? '' : sum.scheme === 'mixed' ? l10n.t('mixed') : formatScheme(sum.scheme);
    const error = sum.lowestSqnrDb === null ? '' : l10n.t('lowest {0}', formatDb(sum.lowestSqnrDb));
    const size = sum.bytesAfter === null || sum.scheme === null ? formatBytes(sum.weightBytes) : `${formatBytes(sum.weightBytes)} → ${formatBytes(sum.bytesAfter)}`;
    item.id = node.key;
    item.contextValue = contextOf('scope', node, sum.scheme !== null);
    item.description = joined(node.repetitions > 1 ? formatTimes(node.repetitions) : '', scheme, error, size);
    item.accessibilityInformation = { label: `${node.label}, ${plural(node.layers.length, l10n.t('1 layer'), l10n.t('{0} layers', node.layers.length))}, ${item.description}` };
    return item;
  }

  private layerItem(node: LayerNode): TreeItem {
    const { label, layer, key } = node;
    const item = new TreeItem(label, TreeItemCollapsibleState.None);
    const assessment = this.assessment(layer.index);
    const hasWeights = layer.weights.length > 0;
    item.id = key;
    item.contextValue = contextOf('layer', node, hasWeights);
    item.description = hasWeights ? joined(layer.op, ...layerWords(layer, assessment)) : layer.op;
    item.iconPath = new ThemeIcon(hasWeights ? 'symbol-numeric' : 'symbol-operator');
    if (assessment?.state === 'skipped' && !layer.logical?.weights) item.iconPath = new ThemeIcon('warning');
    const [worst] = this.active.document?.session.findingsOf(layer) ?? [];
    if (worst) item.iconPath = new ThemeIcon(worst.severity === 'note' ? 'info' : worst.severity);
    item.command = { command: 'nibble.revealLayer', title: l10n.t('Show in Editor'), arguments: [layer.index] };
    item.accessibilityInformation = { label: `${layer.name}, ${item.description}` };
    return item;
  }

  private assessment(layer: number): LayerAssessment | undefined {
    return this.active.document?.session.assessmentOf(layer);
  }

  private attach(document: ModelDocument | null): void {
    for (const listener of this.listeners.splice(0)) listener.dispose();
    if (document) {
      const { session } = document;
      this.listeners = [session.onDidChangeModel(() => { this.rebuild(document); }), session.onDidAudit(() => { this.changed.fire(undefined); }), session.onDidAssess(({ layers }) => { this.refreshSoon(layers.map(({ layer }) => layer)); })];
    }
    this.rebuild(document);
  }

  private rebuild(document: ModelDocument | null): void {
    const loaded = document?.session.loaded;
    this.root = loaded ? buildTree(loaded.layers, loaded.blocks) : null;
    this.layerNodes = new Map();
    const open: TreeNode[] = this.root ? [this.root] : [];
    for (let node = open.pop(); node; node = open.pop()) {
      if (node.kind === 'scope') open.push(...node.children);
      else this.layerNodes.set(node.key, node);
    }
    if (this.view) {
      this.view.description = document ? baseName(document.modelUri) : '';
      if (document?.session.failure) this.view.message = document.session.failure.message;
      else delete this.view.message;
    }
    this.changed.fire(undefined);
  }

  private refreshSoon(layers: readonly number[]): void {
    for (const layer of layers) this.changedLayers.add(layer);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      // A row that VS Code draws anew brings the rows below it along.
      const rows = new Set([...this.changedLayers].flatMap((layer) => this.topmost(layer) ?? []));
      this.changedLayers.clear();
      if (rows.size > 0) this.changed.fire(rows.size > MAX_ROWS_REFRESHED ? undefined : [...rows]);
    }, REFRESH_EVERY_MS);
  }

  /** The outermost row whose figures a layer is part of. */
  private topmost(layer: number): TreeNode | undefined {
    let node: TreeNode | undefined = this.layerNodes.get(layerKey(layer));
    for (let parent = node && this.getParent(node); parent; parent = this.getParent(parent)) node = parent;
    return node;
  }

  /** Selects in the tree what was selected in the editor, without taking the focus from there. */
  private async follow(layers: readonly number[]): Promise<void> {
    const [first] = layers;
    const node = first === undefined ? undefined : this.layerNodes.get(layerKey(first));
    const isShown = node && node.parent.children.indexOf(node) < MAX_CHILDREN_SHOWN;
    if (isShown && this.view?.visible) await this.view.reveal(node, { select: true, focus: false });
  }
}

/** "int8 · channel", "41.9 dB" */
function layerWords({ logical }: Layer, assessment: LayerAssessment | undefined): readonly string[] {
  const stored = logical?.weights;
  switch (assessment?.state) {
    case undefined:
    case 'none':
      return [];
    case 'pending':
      return [formatScheme(assessment.scheme), '…'];
    case 'float':
      return [stored ? formatNumbers(stored) : l10n.t('float')];
    case 'skipped':
      return [stored ? l10n.t('stays {0}', formatNumbers(stored)) : l10n.t('stays float: {0}', assessment.reason)];
    case 'computed':
      return [formatScheme(assessment.scheme), ...(assessment.activations ? [formatActivationBits(assessment.activations.format)] : []), formatDb(assessment.sqnrDb)];
  }
}

/** What menus go by: the kind of row, whether it is in a repeated block, and whether there are weights. */
function contextOf(kind: 'scope' | 'layer', node: TreeNode, hasWeights: boolean): string {
  return `${kind}${repetitionAround(node) !== null ? '.repeated' : ''}${hasWeights ? '.weights' : ''}`;
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}
