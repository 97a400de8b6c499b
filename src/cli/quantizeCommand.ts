import { join } from 'node:path';
import { createWeightPool } from '../engine/weightPool';
import type { Analysis, Layer } from '../graph/layer';
import { checkLoadable } from '../jobs/export/checkLoadable';
import { processRunner } from '../jobs/evaluate/modelRunner';
import { nodeOutputFs } from '../jobs/files/outputFs';
import { ModelFile } from '../jobs/modelFile';
import { withoutRemains } from './withoutRemains';
import { quantizeModel } from '../jobs/quantize';
import type { Plan } from '../plan/plan';
import { resolvePlan } from '../plan/resolve';
import { unmatchedRules } from '../plan/unmatched';
import { formatOf } from '../quant/scheme';
import { checkDimensions } from './withModel';
import { type Bounds, brokenBounds } from './bounds';
import { type Context, jsonText } from './context';
import { choosePlan } from './planFile';
import { planProblems, unmatchedText } from './planProblems';
import { createProgressBar } from './progressBar';
import { quantizeJson } from './quantizeJson';
import { quantizeText } from './quantizeText';
import type { SchemeOptions } from './schemeOptions';
import type { Terminal } from './terminal';
import { UsageError } from './usageError';
import { type ActivationOptions, withActivationOptions } from './activationOptions';

export interface QuantizeOptions extends SchemeOptions, ActivationOptions, Bounds {
  readonly output?: string;
  readonly plan?: string;
  readonly dim: Readonly<Record<string, number>>;
  readonly samples?: string;
  /** Undefined: run unless the model is large. */
  readonly run?: boolean;
  readonly json?: boolean;
}

/** `nibble quantize MODEL`. Returns false when a bound is not kept; the file is written all the same, to be looked at. */
export async function quantizeCommand(model: string, options: QuantizeOptions, { terminal, signal }: Context): Promise<boolean> {
  const { plan: chosen, file } = choosePlan(model, options.plan, options, options.dim);
  const plan = withActivationOptions(chosen, options);
  if (file !== null && options.plan === undefined) terminal.note(`using the plan ${file.path}`);
  const { analysis, doubts } = inspect(model, plan);
  checkDimensions(options.dim, analysis);
  checkLayerOptions(options, analysis.layers);
  const problems = file === null ? [] : await planProblems(file.text, model, () => analysis, signal);
  const told = [...problems.map(({ line, column, message }) => `${file!.path}:${line}:${column}: ${message}`), ...doubts];
  noteAll(told, terminal);
  const output = options.output ?? outputPathOf(model, plan, analysis.layers);

  const weights = createWeightPool({ workerFile: join(__dirname, 'worker.js'), threads: 0 });
  const bar = createProgressBar();
  try {
    const request = { path: model, plan, output, samples: options.samples ?? null, keep: file === null ? [] : [file.path], run: options.run === undefined ? 'auto' : options.run ? 'yes' : 'no' } as const;
    const result = await quantizeModel(request, { weights, runner: processRunner(join(__dirname, 'runner.js')), fs: withoutRemains(nodeOutputFs) }, bar.report, signal);
    bar.stop();
    const others = result.notes.filter((note) => !doubts.includes(note));
    noteAll(others, terminal);
    const broken = brokenBounds({ ...result, bytes: result.bytes.after }, options);
    terminal.print(options.json ? jsonText({ ...quantizeJson({ ...result, notes: [...told, ...others] }), broken }) : quantizeText(result, terminal));
    for (const bound of broken) terminal.fail(bound);
    return broken.length === 0;
  } finally {
    bar.stop();
    await weights.close();
  }
}

/** What is known of a model before any of its weights is read: its layers, and what is doubtful about the file. Refuses one that could never be loaded. */
function inspect(model: string, { dimensions = {} }: Plan): { readonly analysis: Analysis; readonly doubts: readonly string[] } {
  const file = ModelFile.open(model, dimensions, { batchOfOne: true });
  file.close();
  return { analysis: file.analysis, doubts: checkLoadable(file.model) };
}

/** A `--layer` that matches nothing stops the job before it starts; a rule of a plan file is only mentioned. */
function checkLayerOptions({ layer = [] }: SchemeOptions, layers: readonly Layer[]): void {
  const [unmatched] = unmatchedRules({ version: 1, layers: layer }, layers);
  if (unmatched !== undefined) throw new UsageError(`--layer: ${unmatchedText(unmatched)}`);
}

/** Notes that are printed one by one; a large model can have one for each layer, and `--json` has them all. */
const MAX_NOTES_SHOWN = 20;

function noteAll(notes: readonly string[], terminal: Terminal): void {
  for (const note of notes.slice(0, MAX_NOTES_SHOWN)) terminal.note(note);
  if (notes.length > MAX_NOTES_SHOWN) terminal.note(`and ${notes.length - MAX_NOTES_SHOWN} more; --json lists them all`);
}

/** `resnet.onnx` → `resnet.int8.onnx`; `resnet.quantized.onnx` when layers get different formats. */
function outputPathOf(model: string, plan: Plan, layers: readonly Layer[]): string {
  const { schemes } = resolvePlan(plan, layers);
  const formats = new Set(schemes.filter((_, index) => layers[index]!.weights.length > 0).map(formatOf));
  formats.delete('float');
  const [only] = formats;
  return `${model.replace(/\.onnx$/i, '')}.${formats.size === 1 && only !== undefined ? only : 'quantized'}.onnx`;
}
