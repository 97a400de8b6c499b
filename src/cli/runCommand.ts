import { join } from 'node:path';
import { visible } from '../format/visible';
import { processRunner } from '../jobs/evaluate/modelRunner';
import { nodeOutputFs } from '../jobs/files/outputFs';
import { runModel } from '../jobs/runModel';
import type { RunModelResult } from '../jobs/runModel';
import { MAX_SAMPLES } from '../jobs/samples/loadSamples';
import { type Context, jsonText } from './context';
import { createProgressBar } from './progressBar';
import { withoutRemains } from './withoutRemains';

export interface RunOptions {
  readonly samples?: string;
  readonly count?: number;
  readonly out: string;
  readonly dim: Readonly<Record<string, number>>;
  readonly json?: boolean;
}

/** `nibble run MODEL --samples PATH --out DIR` */
export async function runCommand(model: string, { samples, count, out, dim, json }: RunOptions, { terminal, signal }: Context): Promise<void> {
  const bar = createProgressBar();
  try {
    const request = { path: model, dimensions: dim, samples: samples ?? null, count: count ?? MAX_SAMPLES, folder: out };
    const { names, notes, ...result } = await runModel(request, { runner: processRunner(join(__dirname, 'runner.js')), fs: withoutRemains(nodeOutputFs) }, bar.report, signal);
    bar.stop();
    for (const note of notes) terminal.note(note);
    const files = result.files.map((file, index) => ({ file, sample: names[index]! }));
    terminal.print(json ? jsonText({ ...result, files, notes }) : runText(result));
  } finally {
    bar.stop();
  }
}

function runText({ outputs, samples, folder, medianMilliseconds }: Pick<RunModelResult, 'outputs' | 'samples' | 'folder' | 'medianMilliseconds'>): string {
  const lines = outputs.map(({ name, dataType, dims }) => `${name}: ${dataType} ${dims.join(' × ')}`);
  return [...lines, `${samples} sample${samples === 1 ? '' : 's'} → ${folder}, ${medianMilliseconds.toFixed(1)} ms each`].map((line) => `${visible(line)}\n`).join('');
}
