import { EventEmitter, l10n, ThemeIcon, TreeItem, window } from 'vscode';
import type { TreeDataProvider, Uri } from 'vscode';
import { formatBytes, formatCount } from '../format/numbers';
import type { ModelFiles, SummaryState } from './modelFiles';
import { baseName } from './planLocation';
import { relativeFolder } from './relativeFolder';

export const MODELS_VIEW = 'nibble.models';

/** The list of every model file in the workspace. What a file holds is read when its row is drawn. */
export class ModelsView implements TreeDataProvider<Uri> {
  private readonly changed = new EventEmitter<Uri | undefined>();
  private readonly shown = new Map<string, Uri>();
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly files: ModelFiles) {
    files.onDidChange((uri) => {
      // The view knows its rows by identity.
      const row = uri && this.shown.get(uri.toString());
      if (!uri || row) this.changed.fire(row);
    });
  }

  async getChildren(parent?: Uri): Promise<Uri[]> {
    if (parent) return [];
    const uris = await this.files.list();
    this.shown.clear();
    for (const uri of uris) this.shown.set(uri.toString(), uri);
    return [...uris];
  }

  getTreeItem(uri: Uri): TreeItem {
    const item = new TreeItem(uri);
    const state = this.files.summary(uri);
    const folder = relativeFolder(uri);
    const facts = factsOf(state);
    item.id = uri.toString();
    item.contextValue = 'model';
    item.description = [facts, folder].filter((part) => part !== '').join(' · ');
    // The facts follow in the same tooltip: they come from the file's decoration.
    item.tooltip = uri.fsPath;
    if (state.kind === 'failed') item.iconPath = new ThemeIcon('warning');
    item.command = { command: 'nibble.openModel', title: l10n.t('Open'), arguments: [uri] };
    item.accessibilityInformation = { label: [baseName(uri), state.kind === 'failed' ? state.error.message : facts, folder].filter((part) => part !== '').join(', ') };
    return item;
  }

  getParent(): undefined {
    return undefined;
  }

  register(): { dispose(): void } {
    return window.createTreeView(MODELS_VIEW, { treeDataProvider: this, showCollapseAll: false });
  }
}

/** "46.8 MB · 11.69 M parameters · 1.81 G MACs" */
export function factsOf(state: SummaryState): string {
  switch (state.kind) {
    case 'pending':
      return l10n.t('reading…');
    case 'failed':
      return l10n.t('cannot be read');
    case 'known': {
      const { fileBytes, parameters, macs, unresolved } = state.summary;
      // Where some operators are unknown the sum is a lower bound.
      const compute = unresolved > 0 ? `≥ ${formatCount(macs)}` : formatCount(macs);
      return [formatBytes(fileBytes), l10n.t('{0} parameters', formatCount(parameters)), l10n.t('{0} MACs', compute)].join(' · ');
    }
  }
}
