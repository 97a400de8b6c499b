import { join } from 'node:path';
import { NibbleError } from '../errors';
import { outputError } from '../format/hover';
import { formatPercent } from '../format/numbers';
import { visible } from '../format/visible';
import type { EvaluateResult } from '../jobs/evaluate/evaluateModels';
import { processRunner } from '../jobs/evaluate/modelRunner';
import { evaluateFiles } from '../jobs/evaluateFiles';
import { type Context, jsonText } from './context';
import { createProgressBar } from './progressBar';
import { UsageError } from './usageError';

export interface EvaluateOptions {
  readonly against: string;
  readonly samples?: string;
  readonly dim: Readonly<Record<string, number>>;
  /** Least SQNR of every output, in dB. */
  readonly minSqnr?: number;
  /** Most that the accuracy on labelled samples may fall, in percentage points. */
  readonly maxDrop?: number;
  readonly json?: boolean;
}

/** `nibble evaluate MODEL --against FLOAT`. Returns false when a bound is not kept. */
export async function evaluateCommand(model: string, options: EvaluateOptions, { terminal, signal }: Context): Promise<boolean> {
  const bar = createProgressBar();
  try {
    const result = await evaluateFiles({ path: model, against: options.against, samples: options.samples ?? null, dimensions: options.dim }, processRunner(join(__dirname, 'runner.js')), bar.report, signal);
    bar.stop();
    if (result.notRun !== '') throw new NibbleError('runtime', result.notRun, { file: options.against });
    for (const note of result.notes) terminal.note(note);
    const broken = brokenBounds(result, options);
    terminal.print(options.json ? jsonText({ ...result, broken }) : evaluateText(result));
    for (const bound of broken) terminal.fail(bound);
    return broken.length === 0;
  } finally {
    bar.stop();
  }
}

/** The bounds that are not kept, as sentences. */
export function brokenBounds({ outputs, accuracy }: EvaluateResult, { minSqnr, maxDrop }: Pick<EvaluateOptions, 'minSqnr' | 'maxDrop'>): readonly string[] {
  const far = minSqnr === undefined ? [] : outputs.filter(({ sqnrDb, maxError }) => maxError > 0 && (sqnrDb ?? -Infinity) < minSqnr);
  if (maxDrop !== undefined && accuracy === null) throw new UsageError('--max-drop needs samples with labels: an array called "labels" in the .npz file, or labels.npy in the folder.');
  const drop = accuracy === null ? 0 : 100 * (accuracy.before - accuracy.after);
  return [
    ...far.map(({ name, sqnrDb }) => `Output ${name} has ${sqnrDb === null ? 'no' : sqnrDb.toFixed(1)} dB; at least ${minSqnr!} were asked for.`),
    ...(maxDrop !== undefined && drop > maxDrop ? [`The accuracy fell by ${drop.toFixed(2)} points; at most ${maxDrop} were allowed.`] : []),
  ];
}

function evaluateText({ outputs, accuracy }: EvaluateResult): string {
  const lines = outputs.map((output) => `${output.name}: ${outputError(output)}`);
  if (accuracy !== null) lines.unshift(`Accuracy ${formatPercent(accuracy.before)} → ${formatPercent(accuracy.after)} (${accuracy.samples} labelled samples)`);
  return lines.map((line) => `${visible(line)}\n`).join('');
}
