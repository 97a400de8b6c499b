import { CodeAction, CodeActionKind, Diagnostic, DiagnosticSeverity, l10n, languages, Range, WorkspaceEdit } from 'vscode';
import type { CodeActionContext, CodeActionProvider, TextDocument } from 'vscode';
import { unmatchedRules } from '../../plan/unmatched';
import { allMatches } from './matchAt';
import type { PlanText, PlanTexts } from './planTexts';

const SOURCE = 'Nibble';
const UNMATCHED = 'unmatched';

/** Marks what is wrong in a plan: errors of form, and names that no layer of the model has. */
export class PlanDiagnostics {
  private readonly collection = languages.createDiagnosticCollection('nibble');

  constructor(texts: PlanTexts) {
    texts.onDidChange((plan) => { this.collection.set(plan.document.uri, diagnosticsOf(plan)); });
  }

  clear(document: TextDocument): void {
    this.collection.delete(document.uri);
  }

  dispose(): void {
    this.collection.dispose();
  }
}

export function diagnosticsOf({ document, parsed, session }: PlanText): Diagnostic[] {
  const mark = (offset: number, length: number, message: string, severity: DiagnosticSeverity): Diagnostic => {
    const diagnostic = new Diagnostic(new Range(document.positionAt(offset), document.positionAt(offset + length)), message, severity);
    diagnostic.source = SOURCE;
    return diagnostic;
  };
  const problems = parsed.problems.map(({ offset, length, message, severity }) => mark(offset, length, message, severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning));
  const layers = session?.loaded?.layers;
  if (!parsed.plan || !layers) return problems;
  const matches = new Map(allMatches(parsed.tree).map((node) => [node.rule, node]));
  const unmatched = unmatchedRules(parsed.plan, layers).flatMap(({ rule, match, suggestion }) => {
    const node = matches.get(rule);
    if (!node) return [];
    const message = suggestion === null ? l10n.t('No layer of this model has the name {0}.', match) : l10n.t('No layer of this model has the name {0}. Did you mean {1}?', match, suggestion);
    const diagnostic = mark(node.offset, node.length, message, DiagnosticSeverity.Warning);
    diagnostic.code = UNMATCHED;
    return [diagnostic];
  });
  return [...problems, ...unmatched];
}

/** Offers the nearest name for one that no layer has. */
export class PlanQuickFixes implements CodeActionProvider {
  constructor(private readonly texts: PlanTexts) {}

  provideCodeActions(document: TextDocument, _range: Range, { diagnostics }: CodeActionContext): CodeAction[] {
    const plan = this.texts.get(document);
    const layers = plan?.session?.loaded?.layers;
    if (!plan?.parsed.plan || !layers) return [];
    const suggestions = new Map(unmatchedRules(plan.parsed.plan, layers).map(({ match, suggestion }) => [JSON.stringify(match), suggestion]));
    return diagnostics.flatMap((diagnostic) => {
      if (diagnostic.source !== SOURCE || diagnostic.code !== UNMATCHED) return [];
      const suggestion = suggestions.get(document.getText(diagnostic.range)) ?? null;
      if (suggestion === null) return [];
      const action = new CodeAction(l10n.t('Change to {0}', suggestion), CodeActionKind.QuickFix);
      action.diagnostics = [diagnostic];
      action.isPreferred = true;
      action.edit = new WorkspaceEdit();
      action.edit.replace(document.uri, diagnostic.range, JSON.stringify(suggestion));
      return [action];
    });
  }
}
