import { markdownText, toCsv, toMarkdownTable } from '../format/dataTable';
import { parseQuery } from '../format/query';
import type { Analysis, Layer } from '../graph/layer';
import { operatorTotals } from '../graph/operatorTotals';
import { analyzeFile } from '../jobs/analyze';
import { LAYER_COLUMNS } from './analysisColumns';
import { analysisText, factLines } from './analysisText';
import { type Context, jsonText, type OutputOptions } from './context';
import { countingOf, type CountingOptions } from './countingOptions';
import { operatorCsv, operatorMarkdown, operatorText } from './operatorTable';
import type { Terminal } from './terminal';
import { UsageError } from './usageError';

export interface AnalyzeOptions extends OutputOptions, CountingOptions {
  readonly dim: Readonly<Record<string, number>>;
  /** Shows only layers that satisfy it; see `format/query.ts`. */
  readonly filter?: string;
  /** Shows repeated parts of the model once. */
  readonly blocks?: boolean;
  /** Totals by operator type instead of layers. */
  readonly byOperator?: boolean;
}

/** `nibble analyze MODEL` */
export function analyzeCommand(model: string, options: AnalyzeOptions, { terminal }: Context): void {
  const analysis = analyzeFile(model, options.dim, countingOf(options));
  checkDimensions(options.dim, analysis);
  for (const name of analysis.model.assumed) terminal.note(`figures are for ${name} = 1; --dim gives it another value`);
  const layers = options.filter === undefined ? analysis.layers : filtered(analysis.layers, options.filter, terminal);
  if (options.byOperator === true) printOperators(analysis, layers, options, terminal);
  else if (options.json) terminal.print(jsonText({ ...analysis, layers }));
  else if (options.csv) terminal.print(toCsv(LAYER_COLUMNS, layers));
  else if (options.markdown) terminal.print(markdown({ ...analysis, layers }));
  else terminal.print(analysisText(analysis, terminal, layers, options.blocks === true ? analysis.blocks : []));
}

/** The layers that a filter keeps. Words that it cannot read as conditions are looked for as text, which is said. */
function filtered(layers: readonly Layer[], text: string, terminal: Terminal): readonly Layer[] {
  const query = parseQuery(text);
  for (const word of query.doubtful) terminal.note(`--filter: ${JSON.stringify(word)} is no condition that is known, so it is looked for as text`);
  return layers.filter((layer) => query.matches({ layer, assessment: null }));
}

function printOperators({ model, totals }: Analysis, layers: readonly Layer[], options: OutputOptions, terminal: Terminal): void {
  const operators = operatorTotals(layers);
  if (options.json) terminal.print(jsonText({ model, totals, operators }));
  else if (options.csv) terminal.print(operatorCsv(operators, totals));
  else if (options.markdown) terminal.print(operatorMarkdown(operators, totals));
  else terminal.print(operatorText(operators, totals, terminal));
}

/** A dimension that the model does not have is a slip of the keyboard, not a wish without effect. */
export function checkDimensions(given: Readonly<Record<string, number>>, { model }: Pick<Analysis, 'model'>): void {
  const known = [...Object.keys(model.dimensions), ...Object.keys(model.runtimeDimensions)];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(`--dim: ${model.file} has no dimension ${JSON.stringify(unknown)}. ${known.length === 0 ? 'All its dimensions are numbers.' : `It has ${known.map((name) => JSON.stringify(name)).join(', ')}.`}`);
}

function markdown({ model, totals, layers }: Analysis): string {
  const facts = factLines(model, totals).map(([label, value]) => `- **${label}**: ${markdownText(value)}\n`);
  return `${facts.join('')}\n${toMarkdownTable(LAYER_COLUMNS, layers)}`;
}
