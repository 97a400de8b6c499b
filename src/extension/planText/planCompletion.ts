import { CompletionItem, CompletionItemKind, CompletionList, MarkdownString, Range } from 'vscode';
import type { CancellationToken, CompletionItemProvider, Position, TextDocument } from 'vscode';
import { toMarkdown } from '../../format/hoverMarkup';
import type { Layer } from '../../graph/layer';
import { scopePath } from '../../plan/layerMatcher';
import { layerHover } from '../layerHover';
import { matchAt } from './matchAt';
import type { PlanTexts } from './planTexts';

/** A list longer than this is not read; typing narrows it. */
export const MAX_COMPLETIONS = 2_000;

interface LayerItem extends CompletionItem {
  readonly layer?: number;
  readonly plan?: TextDocument;
}

/** Inside a rule's `match`: the names of this model's layers, and a glob for each of its scopes. */
export class PlanCompletion implements CompletionItemProvider<LayerItem> {
  constructor(private readonly texts: PlanTexts) {}

  async provideCompletionItems(document: TextDocument, position: Position, token: CancellationToken): Promise<CompletionList<LayerItem> | null> {
    const plan = this.texts.get(document);
    const node = plan && matchAt(plan.parsed.tree, document.offsetAt(position));
    if (!plan?.session || !node) return null;
    await plan.session.whenLoaded();
    if (token.isCancellationRequested) return null;
    // The whole string is replaced: names contain characters that end a word.
    const range = new Range(document.positionAt(node.offset), document.positionAt(node.offset + node.length));
    const layers = (plan.session.loaded?.layers ?? []).filter((layer) => layer.weights.length > 0);
    const wanted = node.match.replaceAll('*', '').toLowerCase();
    const candidates = [...scopeItems(layers, range), ...layers.map((layer) => layerItem(layer, range, document))];
    const fitting = candidates.length > MAX_COMPLETIONS ? candidates.filter(({ filterText }) => filterText?.toLowerCase().includes(wanted)) : candidates;
    return new CompletionList(fitting.slice(0, MAX_COMPLETIONS), fitting.length > MAX_COMPLETIONS);
  }

  async resolveCompletionItem(item: LayerItem): Promise<LayerItem> {
    const session = item.plan && this.texts.get(item.plan)?.session;
    if (session && item.layer !== undefined) item.documentation = new MarkdownString(toMarkdown(await layerHover(session, item.layer)));
    return item;
  }
}

function layerItem(layer: Layer, range: Range, plan: TextDocument): LayerItem {
  const item: CompletionItem = new CompletionItem(layer.name, CompletionItemKind.Field);
  const text = JSON.stringify(layer.name);
  item.detail = layer.op;
  item.insertText = text;
  item.filterText = text;
  item.range = range;
  // In execution order, not by letters.
  item.sortText = `1${String(layer.index).padStart(8, '0')}`;
  return Object.assign(item, { layer: layer.index, plan });
}

function scopeItems(layers: readonly Layer[], range: Range): LayerItem[] {
  const counts = new Map<string, number>();
  for (const { scope } of layers) {
    for (let depth = 1; depth <= scope.length; depth++) {
      const glob = `${scopePath(scope.slice(0, depth))}/**`;
      counts.set(glob, (counts.get(glob) ?? 0) + 1);
    }
  }
  return [...counts].map(([glob, count], index) => {
    const item = new CompletionItem({ label: glob, description: `× ${count}` }, CompletionItemKind.Folder);
    const text = JSON.stringify(glob);
    item.insertText = text;
    item.filterText = text;
    item.range = range;
    item.sortText = `0${String(index).padStart(8, '0')}`;
    return item;
  });
}
