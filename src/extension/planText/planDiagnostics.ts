import { CodeAction, CodeActionKind, Diagnostic, DiagnosticSeverity, l10n, languages, Range, WorkspaceEdit } from 'vscode';
import type { CodeActionContext, CodeActionProvider, TextDocument } from 'vscode';
import { findNodeAtLocation } from 'jsonc-parser';
import { formatConflict } from '../../format/sharedConflict';
import type { ParsedPlan } from '../../plan/parsePlan';
import type { PlanProblem } from '../../plan/problem';
import { resolvePlan } from '../../plan/resolve';
import { unknownDimensions } from '../../plan/unknownDimensions';
import { unmatchedRules } from '../../plan/unmatched';
import type { LoadedModel } from '../modelSession';
import { allMatches } from './matchAt';
import type { PlanText, PlanTexts } from './planTexts';

const SOURCE = 'Nibble';
const UNMATCHED = 'unmatched';

/** Marks what is wrong in a plan: errors of form, names that the model does not have, and layers that cannot have what they ask for. */
export class PlanDiagnostics {
  private readonly collection = languages.createDiagnosticCollection('nibble');
  /** What was found in the present text with the present model: events come with every figure that has been measured, too. */
  private readonly known = new WeakMap<ParsedPlan, { readonly loaded: LoadedModel | null; readonly diagnostics: readonly Diagnostic[] }>();

  constructor(texts: PlanTexts) {
    texts.onDidChange((plan) => { this.collection.set(plan.document.uri, this.diagnosticsOf(plan)); });
  }

  clear(document: TextDocument): void {
    this.collection.delete(document.uri);
  }

  dispose(): void {
    this.collection.dispose();
  }

  private diagnosticsOf(plan: PlanText): readonly Diagnostic[] {
    const loaded = plan.session?.loaded ?? null;
    const known = this.known.get(plan.parsed);
    if (known?.loaded === loaded) return known.diagnostics;
    const diagnostics = diagnosticsOf(plan);
    this.known.set(plan.parsed, { loaded, diagnostics });
    return diagnostics;
  }
}

export function diagnosticsOf({ document, parsed, session }: PlanText): readonly Diagnostic[] {
  const mark = ({ offset, length }: Pick<PlanProblem, 'offset' | 'length'>, message: string, severity: DiagnosticSeverity): Diagnostic => {
    const diagnostic = new Diagnostic(new Range(document.positionAt(offset), document.positionAt(offset + length)), message, severity);
    diagnostic.source = SOURCE;
    return diagnostic;
  };
  const problems = parsed.problems.map((problem) => mark(problem, problem.message, problem.severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning));
  const { plan, tree } = parsed;
  if (!plan || !tree || !session?.loaded) return problems;
  const { layers, info } = session.loaded;
  const matches = new Map(allMatches(tree).map((node) => [node.rule, node]));
  const unmatched = unmatchedRules(plan, layers).flatMap(({ rule, match, suggestion }) => {
    const node = matches.get(rule);
    if (!node) return [];
    const message = suggestion === null ? l10n.t('No layer of this model has the name {0}.', match) : l10n.t('No layer of this model has the name {0}. Did you mean {1}?', match, suggestion);
    const diagnostic = mark(node, message, DiagnosticSeverity.Warning);
    diagnostic.code = UNMATCHED;
    return [diagnostic];
  });
  const unknown = unknownDimensions(plan.dimensions ?? {}, info).flatMap(({ name, suggestion }) => {
    const node = findNodeAtLocation(tree, ['dimensions', name])?.parent;
    const message = suggestion === null ? l10n.t('This model has no dimension {0}.', name) : l10n.t('This model has no dimension {0}. Did you mean {1}?', name, suggestion);
    return node ? [mark(node, message, DiagnosticSeverity.Warning)] : [];
  });
  const shared = resolvePlan(plan, layers).conflicts.flatMap((conflict) => {
    const node = matches.get(conflict.rule);
    return node ? [mark(node, `${formatConflict(conflict)}.`, DiagnosticSeverity.Information)] : [];
  });
  return [...problems, ...unknown, ...unmatched, ...shared];
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
