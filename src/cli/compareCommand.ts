import { join } from 'node:path';
import { createWeightPool } from '../engine/weightPool';
import { changeOf, comparisonColumns, comparisonFacts, unmetWishes } from '../format/comparison';
import { markdownText, toCsv, toMarkdownTable } from '../format/dataTable';
import { formatExact } from '../format/numbers';
import { visible } from '../format/visible';
import { compareFiles } from '../jobs/compare/compareFiles';
import type { ComparedLayer, ModelComparison } from '../jobs/records';
import { readPlan } from '../plan/parsePlan';
import { type Context, jsonText, type OutputOptions } from './context';
import { readPlanText } from './planFile';
import { createProgressBar } from './progressBar';
import type { Terminal } from './terminal';
import { textTable } from './textTable';

export interface CompareOptions extends OutputOptions {
  readonly dim: Readonly<Record<string, number>>;
  readonly plan?: string;
  /** Layers that are the same in both models, too. */
  readonly all?: boolean;
}

/** `nibble compare FIRST SECOND`. Returns false when the second model lacks what the plan asks for. */
export async function compareCommand(first: string, second: string, options: CompareOptions, { terminal, signal }: Context): Promise<boolean> {
  const plan = options.plan === undefined ? null : { name: options.plan, plan: readPlan(readPlanText(options.plan), options.plan) };
  const weights = createWeightPool({ workerFile: join(__dirname, 'worker.js'), threads: 0 });
  const bar = createProgressBar();
  try {
    const comparison = await compareFiles({ first, second, dimensions: options.dim, plan }, weights, bar.report, signal);
    bar.stop();
    print(comparison, options, terminal);
    return unmetWishes(comparison).length === 0;
  } finally {
    bar.stop();
    await weights.close();
  }
}

function print(comparison: ModelComparison, options: CompareOptions, terminal: Terminal): void {
  const rows = options.all === true ? comparison.layers : comparison.layers.filter((row) => changeOf(row) !== '');
  const columns = comparisonColumns();
  if (options.json) terminal.print(jsonText(comparison));
  else if (options.csv) terminal.print(toCsv(columns, rows));
  else if (options.markdown) terminal.print(markdown(comparison, rows));
  else terminal.print(text(comparison, rows, terminal));
}

function text(comparison: ModelComparison, rows: readonly ComparedLayer[], { style, width }: Terminal): string {
  const { layers } = comparison;
  const facts = comparisonFacts(comparison);
  const labels = Math.max(...facts.map(([label]) => label.length));
  const same = layers.length - rows.length;
  return [
    ...facts.map(([label, value]) => `${style.faint(label.padEnd(labels))} ${visible(value)}\n`),
    ...(rows.length === 0 ? [] : ['\n', textTable(comparisonColumns(), rows, { width, style })]),
    ...(same === 0 ? [] : [`\n${formatExact(same)} ${same === 1 ? 'layer is' : 'layers are'} the same in both; --all shows them.\n`]),
    ...section('Not compared:', notCompared(layers)),
    ...section('Not as the plan asks:', unmetWishes(comparison)),
    ...comparison.notes.map((note) => `${visible(note)}\n`),
  ].join('');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`\n${title}\n`, ...lines.map((line) => `  ${visible(line)}\n`)];
}

function notCompared(layers: readonly ComparedLayer[]): readonly string[] {
  return layers.flatMap(({ first, notCompared: reason }) => (reason === '' || first === null ? [] : [`${first.name}: ${reason}`]));
}

function markdown(comparison: ModelComparison, rows: readonly ComparedLayer[]): string {
  const facts = comparisonFacts(comparison).map(([label, value]) => `- **${label}**: ${markdownText(value)}\n`);
  const list = (title: string, lines: readonly string[]): string => (lines.length === 0 ? '' : `\n${title}\n\n${lines.map((line) => `- ${markdownText(line)}\n`).join('')}`);
  return `${facts.join('')}\n${toMarkdownTable(comparisonColumns(), rows)}${list('Not compared:', notCompared(comparison.layers))}${list('Not as the plan asks:', unmetWishes(comparison))}`;
}
