import { join } from 'node:path';
import { createWeightPool } from '../engine/weightPool';
import { analyzeFile } from '../jobs/analyze';
import { processRunner } from '../jobs/evaluate/modelRunner';
import { nodeOutputFs } from '../jobs/files/outputFs';
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
  if (file !== null && options.plan === undefined) terminal.note(`using the plan ${file}`);
  const analysis = analyzeFile(model, plan.dimensions);
  checkDimensions(options.dim, analysis);
  reportUnmatched(plan, options, analysis.layers, terminal);
  const output = options.output ?? outputPathOf(model, plan, analysis.layers);

  const weights = createWeightPool({ workerFile: join(__dirname, 'worker.js'), threads: 0 });
  const bar = createProgressBar();
  try {
    const request = { path: model, plan, output, samples: options.samples ?? null, run: options.run === undefined ? 'auto' : options.run ? 'yes' : 'no' } as const;
    const result = await quantizeModel(request, { weights, runner: processRunner(join(__dirname, 'runner.js')), fs: withoutRemains(nodeOutputFs) }, bar.report, signal);
    bar.stop();
    noteAll(result.notes, terminal);
    const broken = brokenBounds({ ...result, bytes: result.bytes.after }, options);
    terminal.print(options.json ? jsonText({ ...quantizeJson(result), broken }) : quantizeText(result, terminal));
    for (const bound of broken) terminal.fail(bound);
    return broken.length === 0;
  } finally {
    bar.stop();
    await weights.close();
  }
}

/** A `--layer` that matches nothing stops the job before it starts; a rule of a plan file is only mentioned. */
function reportUnmatched(plan: Plan, { layer }: SchemeOptions, layers: Parameters<typeof unmatchedRules>[1], terminal: Terminal): void {
  const firstTyped = (plan.layers?.length ?? 0) - (layer?.length ?? 0);
  for (const { rule, match, suggestion } of unmatchedRules(plan, layers)) {
    const message = `no layer matches ${JSON.stringify(match)}${suggestion === null ? '' : `; did you mean ${JSON.stringify(suggestion)}?`}`;
    if (rule >= firstTyped) throw new UsageError(`--layer: ${message}`);
    terminal.note(`${message} (rule ${rule + 1} of the plan)`);
  }
}

/** Notes that are printed one by one; a large model can have one for each layer, and `--json` has them all. */
const MAX_NOTES_SHOWN = 20;

function noteAll(notes: readonly string[], terminal: Terminal): void {
  for (const note of notes.slice(0, MAX_NOTES_SHOWN)) terminal.note(note);
  if (notes.length > MAX_NOTES_SHOWN) terminal.note(`and ${notes.length - MAX_NOTES_SHOWN} more; --json lists them all`);
}

/** `resnet.onnx` → `resnet.int8.onnx`; `resnet.quantized.onnx` when layers get different formats. */
function outputPathOf(model: string, plan: Plan, layers: Parameters<typeof resolvePlan>[1]): string {
  const { schemes } = resolvePlan(plan, layers);
  const formats = new Set(schemes.filter((_, index) => layers[index]!.weights.length > 0).map(formatOf));
  formats.delete('float');
  const [only] = formats;
  return `${model.replace(/\.onnx$/i, '')}.${formats.size === 1 && only !== undefined ? only : 'quantized'}.onnx`;
}
