import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { writeError } from '../jobs/files/fsErrors';
import { REPORT_FORMATS, type ReportFormat } from '../jobs/report/records';
import { renderReport } from '../jobs/report/render';
import { makeReport } from '../jobs/report/report';
import type { Context } from './context';
import { openModelFile, type ModelOptions } from './withModel';

export interface ReportCommandOptions extends ModelOptions {
  readonly output?: string;
  readonly format?: ReportFormat;
}

/** `nibble report MODEL` */
export async function reportCommand(model: string, options: ReportCommandOptions, { terminal, signal }: Context): Promise<void> {
  const file = openModelFile(model, options, terminal);
  try {
    const report = await makeReport(file, { assessment: null, result: null }, signal);
    const text = renderReport(report, options.format ?? formatOf(options.output));
    if (options.output === undefined) terminal.print(text);
    else write(options.output, text);
  } finally {
    file.close();
  }
  if (options.output !== undefined) terminal.note(`${options.output} written`);
}

/** What a file's ending says; a page where it says nothing, Markdown on the terminal. */
function formatOf(output: string | undefined): ReportFormat {
  if (output === undefined) return 'md';
  const ending = extname(output).slice(1).toLowerCase();
  return REPORT_FORMATS.find((format) => format === ending) ?? 'html';
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw writeError(error, path);
  }
}
