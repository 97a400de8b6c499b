import { l10n, Range, Selection, TextEditorRevealType, window } from 'vscode';
import { NibbleError } from '../../errors';
import { parsePlan } from '../../plan/parsePlan';
import { resolvePlan } from '../../plan/resolve';
import type { ModelDocument } from '../modelDocument';
import { allMatches } from '../planText/matchAt';
import { baseName } from '../planLocation';

/** Shows the rule of the plan file that decides a layer's format, or its default where no rule speaks of the layer. */
export async function revealInPlan(document: ModelDocument, layer: number | undefined): Promise<void> {
  const layers = document.session.loaded?.layers;
  if (!layers || layer === undefined || !layers[layer]) throw new NibbleError('invalid-argument', l10n.t('Select a layer of {0} first.', baseName(document.modelUri)));
  const editor = await window.showTextDocument(document.planUri, { preview: false });
  const { plan, tree } = parsePlan(editor.document.getText());
  if (!plan) return;
  const rule = resolvePlan(plan, layers).rules[layer];
  const node = allMatches(tree).find((match) => match.rule === rule) ?? tree?.children?.find((property) => property.children?.[0]?.value === 'default');
  if (!node) return;
  const range = new Range(editor.document.positionAt(node.offset), editor.document.positionAt(node.offset + node.length));
  editor.selection = new Selection(range.start, range.end);
  editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport);
}
