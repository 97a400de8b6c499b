import { extname, join } from 'node:path';
import { createWeightPool } from '../engine/weightPool';
import { assessWholly } from '../jobs/assess/assessWholly';
import { OpenedModel } from '../jobs/openModel';
import { REPORT_FORMATS, type ReportFormat } from '../jobs/report/records';
import { readPlan } from '../plan/parsePlan';
import type { Context } from './context';
import { countingOf } from './countingOptions';
import { readPlanText } from './planFile';
import { checkModel, type ModelOptions } from './withModel';
import { writeTextFile } from './writeTextFile';

export interface ReportCommandOptions extends ModelOptions {
  readonly output?: string;
  readonly format?: ReportFormat;
  /** A plan whose sizes and errors the report tells, too. */
  readonly plan?: string;
}

/** `nibble report MODEL` */
export async function reportCommand(model: string, options: ReportCommandOptions, { terminal, signal }: Context): Promise<void> {
  const plan = options.plan === undefined ? null : readPlan(readPlanText(options.plan), options.plan);
  const weights = createWeightPool({ workerFile: join(__dirname, 'worker.js'), threads: 0 });
  try {
    const opened = OpenedModel.open(model, { ...plan?.dimensions, ...options.dim }, weights, countingOf(options));
    try {
      checkModel(opened.analysis, options.dim, terminal);
      const assessment = plan === null ? null : await assessWholly(opened, plan, signal);
      const text = await opened.report(options.format ?? formatOf(options.output), { assessment, result: null }, signal);
      if (options.output === undefined) terminal.print(text);
      else await writeTextFile(options.output, text, { model, others: [options.plan] });
    } finally {
      opened.close();
    }
  } finally {
    await weights.close();
  }
  if (options.output !== undefined) terminal.note(`${options.output} written`);
}

/** What a file's ending says; a page where it says nothing, Markdown on the terminal. */
function formatOf(output: string | undefined): ReportFormat {
  if (output === undefined) return 'md';
  const ending = extname(output).slice(1).toLowerCase();
  return REPORT_FORMATS.find((format) => format === ending) ?? 'html';
}
