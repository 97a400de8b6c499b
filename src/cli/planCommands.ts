import { existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { findNodeAtLocation, type Node } from 'jsonc-parser';
import { NibbleError } from '../errors';
import { type Column, toCsv, toMarkdownTable } from '../format/dataTable';
import { formatScheme } from '../format/scheme';
import { analyzeFile } from '../jobs/analyze';
import { writeError } from '../jobs/files/fsErrors';
import { hashFile } from '../jobs/hashFile';
import { type LayerChoice, layerChoices } from '../jobs/layerChoices';
import { newPlanText, planPathOf } from '../plan/newPlan';
import { parsePlan, readPlan } from '../plan/parsePlan';
import type { Plan } from '../plan/plan';
import { type PlanProblem, positionAt } from '../plan/problem';
import { unmatchedRules } from '../plan/unmatched';
import { DEFAULT_TARGET } from '../targets/targets';
import { checkDimensions } from './withModel';
import { type Context, jsonText, type OutputOptions } from './context';
import { readPlanText } from './planFile';
import { plannedWeights, type SchemeOptions } from './schemeOptions';
import { textTable } from './textTable';

export interface PlanFileOptions {
  readonly plan?: string;
}

export interface PlanInitOptions extends PlanFileOptions, SchemeOptions {
  readonly dim: Readonly<Record<string, number>>;
  readonly force?: boolean;
}

/** `nibble plan init MODEL` */
export function planInit(model: string, options: PlanInitOptions, { terminal }: Context): void {
  checkDimensions(options.dim, analyzeFile(model, options.dim));
  const file = options.plan ?? planPathOf(model);
  if (existsSync(file) && !options.force) throw new NibbleError('not-writable', `${file} is there already. Use --force to replace it.`, { file });
  const weights = plannedWeights(options) ?? { bits: 8, symmetric: true, granularity: 'channel' };
  const text = newPlanText({ file: basename(model), target: DEFAULT_TARGET.id, weights, dimensions: options.dim });
  try {
    writeFileSync(file, text, { flag: options.force ? 'w' : 'wx' });
  } catch (error) {
    throw writeError(error, file);
  }
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
export async function planCheck(model: string, options: PlanFileOptions & OutputOptions, { terminal, signal }: Context): Promise<boolean> {
  const { file, text } = existingPlan(model, options);
  const { plan, problems, tree } = parsePlan(text);
  const found: PlanProblem[] = [...problems];
  let stays: readonly string[] = [];
  if (plan && tree) {
    const { analysis, choices } = layerChoices(model, plan);
    for (const { rule, match, suggestion } of unmatchedRules(plan, analysis.layers)) {
      const node = findNodeAtLocation(tree, ['layers', rule, 'match'])!;
      found.push({ severity: 'warning', message: `No layer matches ${JSON.stringify(match)}${suggestion === null ? '.' : `; did you mean ${JSON.stringify(suggestion)}?`}`, offset: node.offset, length: node.length });
    }
    const changed = await modelProblem(plan, tree, model, signal);
    if (changed) found.unshift(changed);
    stays = staysAsItIs(choices);
  }
  const placed = found.map(({ severity, message, offset }) => ({ severity, ...positionAt(text, offset), message }));
  if (options.json) {
    terminal.print(jsonText({ plan: file, problems: placed, notes: stays }));
  } else {
    for (const { severity, line, column, message } of placed) terminal.tell(`${file}:${line}:${column}: ${severity}: ${message}`);
    for (const note of stays) terminal.tell(`${file}: note: ${note}`);
    if (placed.length === 0) terminal.print(`${file}: the plan is fine.\n`);
  }
  return placed.length === 0;
}

/** What speaks against this being the model that the plan was made for. */
async function modelProblem({ model: made }: Plan, tree: Node, model: string, signal: AbortSignal): Promise<PlanProblem | null> {
  const at = (field: 'file' | 'sha256', message: string): PlanProblem => {
    const { offset, length } = findNodeAtLocation(tree, ['model', field])!;
    return { severity: 'warning', message, offset, length };
  };
  if (made && made.file !== basename(model)) return at('file', `The plan was made for ${made.file}, not for ${basename(model)}.`);
  if (made?.sha256 !== undefined && made.sha256 !== (await hashFile(model, signal))) return at('sha256', `${basename(model)} has changed since the plan was made.`);
  return null;
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
];

/** `nibble plan show MODEL` */
export function planShow(model: string, options: PlanFileOptions & OutputOptions, { terminal }: Context): void {
  const { file, text } = existingPlan(model, options);
  const plan = readPlan(text, file);
  const rows = layerChoices(model, plan).choices.map((choice): ChoiceRow => ({ ...choice, rule: choice.rule === null ? 'default' : plan.layers![choice.rule]!.match }));
  if (options.json) terminal.print(jsonText({ plan: file, layers: rows.map(({ layer, scheme, rule, refusal }) => ({ name: layer.name, scheme, rule, refusal })) }));
  else if (options.csv) terminal.print(toCsv(COLUMNS, rows));
  else if (options.markdown) terminal.print(toMarkdownTable(COLUMNS, rows));
  else terminal.print(textTable(rows.some(({ refusal }) => refusal !== '') ? COLUMNS : COLUMNS.slice(0, 3), rows, terminal));
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
