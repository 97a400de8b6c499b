import { Hover, l10n, MarkdownString, Range } from 'vscode';
import type { CancellationToken, HoverProvider, Position, TextDocument } from 'vscode';
import { toMarkdown } from '../../format/hoverMarkup';
import { matcherOf } from '../../plan/layerMatcher';
import { layerHover, layersHover } from '../layerHover';
import { matchAt } from './matchAt';
import type { PlanTexts } from './planTexts';

/** On a layer's name in a plan: the error that its format costs. On a glob: what it matches. */
export class PlanHover implements HoverProvider {
  constructor(private readonly texts: PlanTexts) {}

  async provideHover(document: TextDocument, position: Position, token: CancellationToken): Promise<Hover | null> {
    const plan = this.texts.get(document);
    const node = plan && matchAt(plan.parsed.tree, document.offsetAt(position));
    if (!plan?.session || !node) return null;
    const { session } = plan;
    await session.whenLoaded();
    const range = new Range(document.positionAt(node.offset), document.positionAt(node.offset + node.length));
    if (session.failure) return new Hover(session.failure.message, range);
    const layers = session.loaded?.layers ?? [];
    const found = matcherOf(layers).positions(node.match);
    if (token.isCancellationRequested) return null;
    const [only] = found;
    if (only === undefined) return new Hover(l10n.t('No layer of this model has this name.'), range);
    const hover = found.length === 1 ? await layerHover(session, only) : layersHover(session, node.match, found);
    return new Hover(new MarkdownString(toMarkdown(hover)), range);
  }
}
