import { isAtLeast } from '../audit/finding';
import type { Severity } from '../audit/finding';
import { auditFile } from '../jobs/audit';
import { nodeOutputFs } from '../jobs/files/outputFs';
import { repairModel } from '../jobs/repair/repairModel';
import { auditText } from './auditText';
import { type Context, jsonText } from './context';
import { createProgressBar } from './progressBar';
import { sarifLog } from './sarif';
import { writeTextFile } from './writeTextFile';

/** Severity from which findings make the command fail. */
export type FailOn = Severity | 'never';

export interface AuditOptions {
  readonly against?: string;
  readonly json?: boolean;
  /** File to write; '-' prints it. */
  readonly sarif?: string;
  readonly failOn: FailOn;
  /** File for a repaired copy. */
  readonly repair?: string;
}

/** `nibble audit MODEL`. Returns false when there is a finding at or above the severity that was asked for. */
export async function auditCommand(model: string, options: AuditOptions, { terminal, signal }: Context): Promise<boolean> {
  const bar = createProgressBar();
  try {
    const report = await auditFile({ path: model, against: options.against ?? null }, bar.report, signal);
    bar.stop();
    for (const note of report.notes) terminal.note(note);
    if (options.sarif === '-') terminal.print(jsonText(sarifLog(report)));
    else {
      if (options.sarif !== undefined) await writeTextFile(options.sarif, jsonText(sarifLog(report)), { model, others: [options.against] });
      terminal.print(options.json ? jsonText(report) : auditText(report, terminal));
    }
    if (options.repair !== undefined) {
      const { output, repaired, left } = await repairModel({ path: model, output: options.repair }, nodeOutputFs, bar.report, signal);
      bar.stop();
      terminal.tell(`Written: ${output}, without ${repaired.length} ${repaired.length === 1 ? 'finding' : 'findings'}; ${left.length} left.`);
    }
    const { failOn } = options;
    return failOn === 'never' || !report.findings.some(({ severity }) => isAtLeast(severity, failOn));
  } finally {
    bar.stop();
  }
}
