import { Diagnostic, DiagnosticSeverity, l10n, languages, Range, workspace } from 'vscode';
import { plural } from '../format/plural';
import type { Uri } from 'vscode';
import type { AuditReport, Finding } from '../audit/finding';
import { visible } from '../format/visible';
import type { ModelFiles } from './modelFiles';

/** A list longer than this helps nobody; the last entry says how many there are. */
export const MAX_PROBLEMS = 200;

/** A model has no lines; VS Code wants a place all the same. */
const START = new Range(0, 0, 0, 0);

/** What audits have found, in VS Code's Problems panel, until a model changes or is audited again. */
export class AuditProblems {
  private readonly collection = languages.createDiagnosticCollection('nibble-audit');
  private readonly subscription: { dispose(): unknown };

  constructor(files: Pick<ModelFiles, 'onDidChange'>) {
    this.subscription = files.onDidChange((uri) => {
      if (uri) this.collection.delete(uri);
      else this.collection.forEach((model) => void this.forgetDeleted(model));
    });
  }

  show(model: Uri, { findings, notes }: AuditReport): void {
    const shown = findings.slice(0, MAX_PROBLEMS).map(problemOf);
    if (findings.length > MAX_PROBLEMS) shown.push(mark(plural(findings.length - MAX_PROBLEMS, l10n.t('And one more finding; “nibble audit” on the command line lists them all.'), l10n.t('And {0} more findings; “nibble audit” on the command line lists them all.', findings.length - MAX_PROBLEMS)), DiagnosticSeverity.Information));
    this.collection.set(model, [...shown, ...notes.map((note) => mark(note, DiagnosticSeverity.Information))]);
  }

  dispose(): void {
    this.subscription.dispose();
    this.collection.dispose();
  }

  private async forgetDeleted(model: Uri): Promise<void> {
    try {
      await workspace.fs.stat(model);
    } catch {
      this.collection.delete(model);
    }
  }
}

function problemOf(finding: Finding): Diagnostic {
  const { rule, severity, node, reason, consequence, remedy } = finding;
  const problem = mark(`${node === null ? '' : `${node}: `}${reason} ${consequence} ${remedy}`, SEVERITY[severity]);
  problem.code = rule;
  return problem;
}

const SEVERITY: Readonly<Record<Finding['severity'], DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  note: DiagnosticSeverity.Information,
};

function mark(message: string, severity: DiagnosticSeverity): Diagnostic {
  const problem = new Diagnostic(START, visible(message), severity);
  problem.source = 'Nibble';
  return problem;
}
