import { join } from 'node:path';
import { createWeightPool } from '../engine/weightPool';
import { formatOrigin } from '../format/activations';
import { formatDb, formatSmall } from '../format/numbers';
import { visible } from '../format/visible';
import { calibrateModel } from '../jobs/calibrateModel';
import { processRunner } from '../jobs/evaluate/modelRunner';
import { nodeOutputFs } from '../jobs/files/outputFs';
import type { CalibratedRange, CalibrationResult } from '../jobs/records';
import { type ActivationOptions, withActivationOptions } from './activationOptions';
import { type Context, jsonText } from './context';
import { choosePlan } from './planFile';
import { createProgressBar } from './progressBar';
import type { Terminal } from './terminal';
import { textTable, type TextColumn } from './textTable';
import { UsageError } from './usageError';
import { withoutRemains } from './withoutRemains';
import { writeTextFile } from './writeTextFile';

export interface CalibrateOptions extends ActivationOptions {
  readonly samples?: string;
  readonly plan?: string;
  readonly output?: string;
  readonly dim: Readonly<Record<string, number>>;
  readonly json?: boolean;
}

/** `nibble calibrate MODEL --samples PATH` */
export async function calibrateCommand(model: string, options: CalibrateOptions, { terminal, signal }: Context): Promise<void> {
  if (options.activations === 'float') throw new UsageError('--activations float has no ranges to find; give an integer format.');
  const { plan: chosen, file } = choosePlan(model, options.plan, {}, options.dim);
  if (file !== null && options.plan === undefined) terminal.note(`using the plan ${file.path}`);
  const planned = withActivationOptions(chosen, options);
  const { activations } = planned.default ?? {};
  const plan = activations === undefined || activations === 'float' ? { ...planned, default: { ...planned.default, activations: {} } } : planned;
  const output = options.output ?? `${model.replace(/\.onnx$/i, '')}.ranges.json`;
  const weights = createWeightPool({ workerFile: join(__dirname, 'worker.js'), threads: 0 });
  const bar = createProgressBar();
  try {
    const { result, text } = await calibrateModel({ path: model, plan, samples: options.samples ?? null }, { weights, runner: processRunner(join(__dirname, 'runner.js')), fs: withoutRemains(nodeOutputFs) }, bar.report, signal);
    bar.stop();
    for (const note of result.notes) terminal.note(note);
    await writeTextFile(output, text, { model, others: [file?.path, options.samples] });
    terminal.print(options.json ? jsonText({ ...result, output }) : calibrationText(result, output, terminal));
  } finally {
    bar.stop();
    await weights.close();
  }
}

const COLUMNS: readonly TextColumn<CalibratedRange>[] = [
  { title: 'Value', align: 'left', dispensable: 0, text: ({ tensor }) => visible(tensor) },
  { title: 'Low', align: 'right', dispensable: 0, text: ({ low }) => formatSmall(low) },
  { title: 'High', align: 'right', dispensable: 0, text: ({ high }) => formatSmall(high) },
  { title: 'Smallest', align: 'right', dispensable: 1, text: ({ seen }) => formatSmall(seen?.low ?? null) },
  { title: 'Largest', align: 'right', dispensable: 1, text: ({ seen }) => formatSmall(seen?.high ?? null) },
  { title: 'Smallest in', align: 'left', dispensable: 3, maxWidth: 24, text: ({ seen }) => visible(seen?.lowSample ?? '') },
  { title: 'Largest in', align: 'left', dispensable: 2, maxWidth: 24, text: ({ seen }) => visible(seen?.highSample ?? '') },
];

function calibrationText(result: CalibrationResult, output: string, { width, style }: Terminal): string {
  const { ranges, format, method, sqnrDb, tried } = result;
  const others = tried.length < 2 ? '' : `; tried: ${tried.map((one) => `${one.method} ${formatDb(one.sqnrDb)}`).join(', ')}`;
  return `${textTable(COLUMNS, ranges, { width, style })}\n${ranges.length} ranges for ${format} by ${method} from ${formatOrigin(result)}: ${formatDb(sqnrDb)}${others}\nWritten ${visible(output)}\n`;
}
