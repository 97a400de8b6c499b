import { markdownText, toCsv, toMarkdownTable } from '../format/dataTable';
import { batchDimensions } from '../graph/batch';
import type { Analysis } from '../graph/layer';
import { analyzeFile } from '../jobs/analyze';
import { LAYER_COLUMNS } from './analysisColumns';
import { analysisText, factLines } from './analysisText';
import { type Context, jsonText, type OutputOptions } from './context';
import { UsageError } from './usageError';

export interface AnalyzeOptions extends OutputOptions {
  readonly dim: Readonly<Record<string, number>>;
}

/** `nibble analyze MODEL` */
export function analyzeCommand(model: string, options: AnalyzeOptions, { terminal }: Context): void {
  const { analysis, assumed } = analyzeForBatchOfOne(model, options.dim);
  for (const name of Object.keys(assumed)) terminal.note(`figures are for ${name} = 1; --dim gives it another value`);
  if (options.json) terminal.print(jsonText(analysis));
  else if (options.csv) terminal.print(toCsv(LAYER_COLUMNS, analysis.layers));
  else if (options.markdown) terminal.print(markdown(analysis));
  else terminal.print(analysisText(analysis, terminal));
}

/** An analysis in which a batch dimension that nobody gave a value is 1, and which dimensions those are. */
export function analyzeForBatchOfOne(model: string, given: Readonly<Record<string, number>>): { readonly analysis: Analysis; readonly assumed: Readonly<Record<string, number>> } {
  const asGiven = analyzeFile(model, given);
  checkDimensions(given, asGiven);
  const assumed = batchDimensions(asGiven.model);
  return { assumed, analysis: Object.keys(assumed).length === 0 ? asGiven : analyzeFile(model, { ...given, ...assumed }) };
}

/** A dimension that the model does not have is a slip of the keyboard, not a wish without effect. */
export function checkDimensions(given: Readonly<Record<string, number>>, { model }: Pick<Analysis, 'model'>): void {
  const known = Object.keys(model.dimensions);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(`--dim: ${model.file} has no dimension ${JSON.stringify(unknown)}. ${known.length === 0 ? 'All its dimensions are numbers.' : `It has ${known.map((name) => JSON.stringify(name)).join(', ')}.`}`);
}

function markdown({ model, totals, layers }: Analysis): string {
  const facts = factLines(model, totals).map(([label, value]) => `- **${label}**: ${markdownText(value)}\n`);
  return `${facts.join('')}\n${toMarkdownTable(LAYER_COLUMNS, layers)}`;
}
