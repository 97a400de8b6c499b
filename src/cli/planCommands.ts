import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { NibbleError } from '../errors';
import { type Column, toCsv, toMarkdownTable } from '../format/dataTable';
import { formatScheme } from '../format/scheme';
import { formatConflict } from '../format/sharedConflict';
import { analyzeFile } from '../jobs/analyze';
import { type LayerChoice, type LayerChoices, layerChoices } from '../jobs/layerChoices';
import { newPlanText, planPathOf } from '../plan/newPlan';
import { readPlan } from '../plan/parsePlan';
import type { Plan } from '../plan/plan';
import { DEFAULT_TARGET } from '../targets/targets';
import { checkDimensions } from './withModel';
import { type Context, jsonText, type OutputOptions } from './context';
import { readPlanText } from './planFile';
import { planProblems } from './planProblems';
import { plannedWeights, type SchemeOptions } from './schemeOptions';
import { textTable } from './textTable';
import { writeTextFile } from './writeTextFile';

export interface PlanFileOptions {
  readonly plan?: string;
}

export interface DimensionOptions {
  readonly dim: Readonly<Record<string, number>>;
}

export interface PlanInitOptions extends PlanFileOptions, DimensionOptions, SchemeOptions {
  readonly force?: boolean;
}

/** `nibble plan init MODEL` */
export async function planInit(model: string, options: PlanInitOptions, { terminal }: Context): Promise<void> {
  checkDimensions(options.dim, analyzeFile(model, options.dim));
  const file = options.plan ?? planPathOf(model);
  if (existsSync(file) && !options.force) throw new NibbleError('not-writable', `${file} is there already. Use --force to replace it.`, { file });
  const weights = plannedWeights(options) ?? { bits: 8, symmetric: true, granularity: 'channel' };
  const text = newPlanText({ file: basename(model), target: DEFAULT_TARGET.runtime.id, weights, dimensions: options.dim });
  await writeTextFile(file, text, { model });
  terminal.print(`${file}\n`);
}

/** The plan that was named, or the one beside the model. Throws `not-found`, with the way to make one. */
function existingPlan(model: string, { plan }: PlanFileOptions): { readonly file: string; readonly text: string } {
  const file = plan ?? planPathOf(model);
  if (plan === undefined && !existsSync(file)) {
    throw new NibbleError('not-found', `${model} has no plan: ${file} does not exist. Make one with "nibble plan init ${model}", or name another one with --plan.`, { file });
  }
  return { file, text: readPlanText(file) };
}

/** `nibble plan check MODEL`. Returns false when something is wrong. */
export async function planCheck(model: string, options: PlanFileOptions & DimensionOptions & OutputOptions, { terminal, signal }: Context): Promise<boolean> {
  const { file, text } = existingPlan(model, options);
  let notes: readonly string[] = [];
  const problems = await planProblems(text, model, (plan) => {
    const chosen = choicesFor(model, plan, options);
    notes = [...staysAsItIs(chosen.choices), ...chosen.conflicts.map((conflict) => `${formatConflict(conflict)}.`)];
    return chosen.analysis;
  }, signal);
  if (options.json) {
    terminal.print(jsonText({ plan: file, problems, notes }));
  } else {
    for (const { severity, line, column, message } of problems) terminal.tell(`${file}:${line}:${column}: ${severity}: ${message}`);
    for (const note of notes) terminal.tell(`${file}: note: ${note}`);
    if (problems.length === 0) terminal.print(`${file}: the plan is fine.\n`);
  }
  return problems.length === 0;
}

/** What a plan chooses, with the dimensions of the command line over its own. */
function choicesFor(model: string, plan: Plan, { dim }: DimensionOptions): LayerChoices {
  const chosen = layerChoices(model, { ...plan, dimensions: { ...plan.dimensions, ...dim } });
  checkDimensions(dim, chosen.analysis);
  return chosen;
}

/** A choice with the `match` that decided, or "default". */
interface ChoiceRow extends Omit<LayerChoice, 'rule'> {
  readonly rule: string;
}

const COLUMNS: readonly (Column<ChoiceRow> & { readonly dispensable: number })[] = [
  { title: 'Layer', field: 'name', align: 'left', dispensable: 0, text: ({ layer }) => layer.name, value: ({ layer }) => layer.name },
  { title: 'Format', field: 'scheme', align: 'left', dispensable: 0, text: ({ scheme }) => formatScheme(scheme), value: ({ scheme }) => formatScheme(scheme) },
  { title: 'Rule', field: 'rule', align: 'left', dispensable: 1, text: ({ rule }) => rule, value: ({ rule }) => rule },
  { title: 'Stays float because', field: 'refusal', align: 'left', dispensable: 2, text: ({ refusal }) => refusal, value: ({ refusal }) => refusal },
  { title: 'Gets another because', field: 'shared', align: 'left', dispensable: 2, text: ({ shared }) => shared, value: ({ shared }) => shared },
];

/** `nibble plan show MODEL` */
export function planShow(model: string, options: PlanFileOptions & DimensionOptions & OutputOptions, { terminal }: Context): void {
  const { file, text } = existingPlan(model, options);
  const plan = readPlan(text, file);
  const rows = choicesFor(model, plan, options).choices.map((choice): ChoiceRow => ({ ...choice, rule: choice.rule === null ? 'default' : plan.layers![choice.rule]!.match }));
  if (options.json) terminal.print(jsonText({ plan: file, layers: rows.map(({ layer, ...choice }) => ({ name: layer.name, ...choice })) }));
  else if (options.csv) terminal.print(toCsv(COLUMNS, rows));
  else if (options.markdown) terminal.print(toMarkdownTable(COLUMNS, rows));
  else terminal.print(textTable(COLUMNS.filter((column) => column.dispensable < 2 || rows.some((row) => column.text(row) !== '')), rows, terminal));
}

/** One sentence for each reason why layers will not get what the plan says. */
function staysAsItIs(choices: readonly LayerChoice[]): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const { layer, refusal } of choices) {
    if (refusal === '') continue;
    const reason = `${layer.logical?.weights ? 'as it is' : 'float'}: ${refusal}`;
    const names = byReason.get(reason);
    if (names) names.push(layer.name);
    else byReason.set(reason, [layer.name]);
  }
  return [...byReason].map(([reason, [first, ...others]]) => `${JSON.stringify(first)}${others.length > 0 ? ` and ${others.length} other ${others.length === 1 ? 'layer' : 'layers'}` : ''} will stay ${reason}.`);
}
