import { Diagnostic, DiagnosticSeverity, l10n, languages, Range, workspace } from 'vscode';
import { plural } from '../format/plural';
import type { Uri } from 'vscode';
import type { AuditReport, Finding } from '../audit/finding';
import { visible } from '../format/visible';
import { findingCounts, findingText } from './auditText';
import { ACTION } from './modelDocument';
import type { ModelDocument } from './modelDocument';
import type { ModelFiles } from './modelFiles';

/** A list longer than this helps nobody; the last entry says how many there are. */
export const MAX_PROBLEMS = 200;

/** The line in the editor. */
const NOTICE = 'audit';

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

  /** Shows what is found out about a model while it is open, and says so in its editor where it is bad. */
  follow(document: ModelDocument): void {
    const { modelUri, session } = document;
    const listener = session.onDidAudit((report) => {
      this.show(modelUri, report);
      const bad = report.findings.filter(({ severity }) => severity !== 'note');
      if (bad.length === 0) document.clearNotice(NOTICE);
      else document.showNotice({ id: NOTICE, severity: bad.some(({ severity }) => severity === 'error') ? 'error' : 'warning', text: l10n.t('The audit of this quantized model has findings: {0}.', findingCounts(bad)), action: { label: l10n.t('Show Problems'), key: ACTION.showProblems } });
    });
    const stale = session.onDidChangeModel(() => { document.clearNotice(NOTICE); });
    document.onDidDispose(() => {
      listener.dispose();
      stale.dispose();
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
  const { rule, severity, node } = finding;
  const problem = mark(`${node === null ? '' : `${node}: `}${findingText(finding)}`, SEVERITY[severity]);
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
