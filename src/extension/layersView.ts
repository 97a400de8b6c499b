import { EventEmitter, l10n, MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState, window } from 'vscode';
import type { CancellationToken, TreeDataProvider, TreeView } from 'vscode';
import { buildTree, layerKey, subtotalOf } from '../format/layerTree';
import type { LayerNode, ScopeNode, TreeNode } from '../format/layerTree';
import { toMarkdown } from '../format/hoverMarkup';
import { formatBytes, formatCount, formatDb } from '../format/numbers';
import { formatScheme } from '../format/scheme';
import type { LayerAssessment } from '../jobs/records';
import type { ActiveModel } from './activeModel';
import { layerHover } from './layerHover';
import type { ModelDocument } from './modelDocument';
import { baseName } from './planLocation';

export const LAYERS_VIEW = 'nibble.layers';

/** Figures arrive layer by layer: the tree is drawn anew at most this often. */
const REFRESH_EVERY_MS = 150;

/** The layers of the active model, by name scope. */
export class LayersView implements TreeDataProvider<TreeNode> {
  private readonly changed = new EventEmitter<undefined>();
  private root: ScopeNode | null = null;
  private layerNodes = new Map<string, LayerNode>();
  private listeners: { dispose(): void }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private view: TreeView<TreeNode> | undefined;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly active: ActiveModel) {
    active.onDidChange((document) => { this.attach(document); });
    active.onDidSelect((layers) => { void this.follow(layers); });
  }

  register(): TreeView<TreeNode> {
    this.view = window.createTreeView(LAYERS_VIEW, { treeDataProvider: this, canSelectMany: true, showCollapseAll: true });
    return this.view;
  }

  /** What is selected in the tree. */
  get selection(): readonly TreeNode[] {
    return this.view?.selection ?? [];
  }

  getChildren(node?: TreeNode): TreeNode[] {
    const parent = node ?? this.root;
    return parent?.kind === 'scope' ? parent.children : [];
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return node.parent === this.root ? undefined : (node.parent ?? undefined);
  }

  getTreeItem(node: TreeNode): TreeItem {
    return node.kind === 'scope' ? this.scopeItem(node) : this.layerItem(node);
  }

  /** Called when the pointer rests on a row: only then is the tooltip, which needs every format's error, made. */
  async resolveTreeItem(item: TreeItem, node: TreeNode, token: CancellationToken): Promise<TreeItem> {
    const session = this.active.document?.session;
    if (node.kind === 'scope' || !session || token.isCancellationRequested) return item;
    try {
      item.tooltip = new MarkdownString(toMarkdown(await layerHover(session, node.layer.index)));
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
    item.contextValue = sum.scheme === null ? 'scope' : 'scope.weights';
    item.description = joined(scheme, error, size);
    item.tooltip = joined(`/${node.path.join('/')}`, l10n.t('{0} layers', node.layers.length), l10n.t('{0} parameters', formatCount(sum.parameters)), size);
    item.accessibilityInformation = { label: `${node.label}, ${l10n.t('{0} layers', node.layers.length)}, ${item.description}` };
    return item;
  }

  private layerItem({ label, layer, key }: LayerNode): TreeItem {
    const item = new TreeItem(label, TreeItemCollapsibleState.None);
    const assessment = this.assessment(layer.index);
    const hasWeights = layer.weights.length > 0;
    item.id = key;
    item.contextValue = hasWeights ? 'layer.weights' : 'layer';
    item.description = hasWeights ? joined(layer.op, ...layerWords(assessment)) : layer.op;
    item.iconPath = new ThemeIcon(hasWeights ? 'symbol-numeric' : 'symbol-operator');
    if (assessment?.state === 'skipped') item.iconPath = new ThemeIcon('warning');
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
      this.listeners = [session.onDidChangeModel(() => { this.rebuild(document); }), session.onDidAssess(() => { this.refreshSoon(); })];
    }
    this.rebuild(document);
  }

  private rebuild(document: ModelDocument | null): void {
    const loaded = document?.session.loaded;
    this.root = loaded ? buildTree(loaded.layers) : null;
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

  private refreshSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.changed.fire(undefined);
    }, REFRESH_EVERY_MS);
  }

  /** Selects in the tree what was selected in the editor, without taking the focus from there. */
  private async follow(layers: readonly number[]): Promise<void> {
    const [first] = layers;
    const node = first === undefined ? undefined : this.layerNodes.get(layerKey(first));
    if (node && this.view?.visible) await this.view.reveal(node, { select: true, focus: false });
  }
}

/** "int8 · channel", "41.9 dB" */
function layerWords(assessment: LayerAssessment | undefined): readonly string[] {
  switch (assessment?.state) {
    case undefined:
    case 'none':
      return [];
    case 'pending':
      return [formatScheme(assessment.scheme), '…'];
    case 'float':
      return [l10n.t('float')];
    case 'skipped':
      return [l10n.t('stays float: {0}', assessment.reason)];
    case 'computed':
      return [formatScheme(assessment.scheme), formatDb(assessment.sqnrDb)];
  }
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}
