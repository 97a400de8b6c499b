import { markdownText, toCsv, toMarkdownTable } from '../format/dataTable';
import { LAYER_COLUMNS, layerColumnsFor, STORED_COLUMNS } from '../format/layerColumns';
import { factLines } from '../format/modelFacts';
import { parseQuery } from '../format/query';
import type { Analysis, Layer } from '../graph/layer';
import { operatorTotals } from '../graph/operatorTotals';
import type { ModelFile } from '../jobs/modelFile';
import { analysisText } from './analysisText';
import { type Context, jsonText, type OutputOptions } from './context';
import type { CountingOptions } from './countingOptions';
import { explanationsOf, explanationText } from './explainText';
import { memoryCsv, memoryMarkdown, memoryText } from './memoryText';
import { operatorCsv, operatorMarkdown, operatorText } from './operatorTable';
import type { Terminal } from './terminal';
import { withModel } from './withModel';
import { UsageError } from './usageError';

export interface AnalyzeOptions extends OutputOptions, CountingOptions {
  readonly dim: Readonly<Record<string, number>>;
  /** Shows only layers that satisfy it; see `format/query.ts`. */
  readonly filter?: string;
  /** Shows repeated parts of the model once. */
  readonly blocks?: boolean;
  /** Totals by operator type instead of layers. */
  readonly byOperator?: boolean;
  /** Memory of activations over time instead of layers. */
  readonly memory?: boolean;
  /** Name of a layer whose figures are explained. */
  readonly explain?: string;
}

/** `nibble analyze MODEL` */
export function analyzeCommand(model: string, options: AnalyzeOptions, { terminal }: Context): void {
  withModel(model, options, terminal, (file) => {
    if (options.memory === true) printMemory(file, options, terminal);
    else if (options.explain !== undefined) printExplanations(file, options.explain, options, terminal);
    else printLayers(file, options, terminal);
  });
}

function printLayers(file: ModelFile, options: AnalyzeOptions, terminal: Terminal): void {
  const { analysis } = file;
  const layers = options.filter === undefined ? analysis.layers : filtered(analysis.layers, options.filter, terminal);
  if (options.byOperator === true) printOperators(analysis, layers, options, terminal);
  else if (options.json) terminal.print(jsonText({ ...analysis, layers, blocks: file.blocks }));
  else if (options.csv) terminal.print(toCsv([...LAYER_COLUMNS, ...STORED_COLUMNS], layers));
  else if (options.markdown) terminal.print(markdown({ ...analysis, layers }));
  else terminal.print(analysisText(analysis, terminal, layers, options.blocks === true ? file.blocks : []));
}

function printMemory({ analysis, memory }: ModelFile, options: OutputOptions, terminal: Terminal): void {
  if (options.json) terminal.print(jsonText({ model: analysis.model, memory }));
  else if (options.csv) terminal.print(memoryCsv(analysis, memory));
  else if (options.markdown) terminal.print(memoryMarkdown(analysis, memory));
  else terminal.print(memoryText(analysis, memory, terminal));
}

function printExplanations(file: ModelFile, layer: string, options: OutputOptions, terminal: Terminal): void {
  if (options.csv || options.markdown) throw new UsageError('--explain prints text or, with --json, JSON.');
  const explanations = explanationsOf(file, layer);
  terminal.print(options.json ? jsonText(explanations) : explanationText(explanations, terminal));
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

function markdown({ model, totals, layers }: Analysis): string {
  const facts = factLines(model, totals).map(([label, value]) => `- **${label}**: ${markdownText(value)}\n`);
  return `${facts.join('')}\n${toMarkdownTable(layerColumnsFor(layers), layers)}`;
}
