import { join } from 'node:path';
import { NibbleError } from '../errors';
import { outputError } from '../format/hover';
import { formatPercent } from '../format/numbers';
import { visible } from '../format/visible';
import type { EvaluateResult } from '../jobs/evaluate/evaluateModels';
import { processRunner } from '../jobs/evaluate/modelRunner';
import { evaluateFiles } from '../jobs/evaluateFiles';
import { type Bounds, brokenBounds } from './bounds';
import { type Context, jsonText } from './context';
import { createProgressBar } from './progressBar';
import { UsageError } from './usageError';

export interface EvaluateOptions extends Bounds {
  readonly against: string;
  readonly samples?: string;
  readonly labels?: string;
  readonly dim: Readonly<Record<string, number>>;
  readonly json?: boolean;
}

/** `nibble evaluate MODEL --against FLOAT`. Returns false when a bound is not kept. */
export async function evaluateCommand(model: string, options: EvaluateOptions, { terminal, signal }: Context): Promise<boolean> {
  if (options.labels !== undefined && options.samples === undefined) throw new UsageError('--labels says what samples are: give --samples, too.');
  const bar = createProgressBar();
  try {
    const result = await evaluateFiles({ path: model, against: options.against, samples: options.samples ?? null, labels: options.labels ?? null, dimensions: options.dim }, processRunner(join(__dirname, 'runner.js')), bar.report, signal);
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

function evaluateText({ outputs, accuracy }: EvaluateResult): string {
  const lines = outputs.map((output) => `${output.name}: ${outputError(output)}`);
  if (accuracy !== null) lines.unshift(`Accuracy ${formatPercent(accuracy.before)} → ${formatPercent(accuracy.after)} (${accuracy.samples} labelled samples)`);
  return lines.map((line) => `${visible(line)}\n`).join('');
}
