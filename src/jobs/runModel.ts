import { randomUUID } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { NibbleError } from '../errors';
import type { ModelRunner } from './evaluate/modelRunner';
import { writeError } from './files/fsErrors';
import type { OutputFs } from './files/outputFs';
import { ModelFile } from './modelFile';
import type { ReportProgress } from './records';
import { runnableOf } from './runs/runRequest';
import type { WriteOutputsResult } from './runs/writeOutputs';

export interface RunModelRequest {
  readonly path: string;
  readonly dimensions: Readonly<Record<string, number>>;
  /** Sample inputs: a file, folder or glob; null: random inputs. */
  readonly samples: string | null;
  /** Most samples that are taken. */
  readonly count: number;
  /** A folder that is not there yet, or is empty. */
  readonly folder: string;
}

export interface RunModelResult extends WriteOutputsResult {
  readonly folder: string;
}

export interface RunPorts {
  readonly runner: ModelRunner;
  readonly fs: OutputFs;
}

/**
 * Runs a model on samples and writes its outputs, one `.npz` file for each sample, into a folder that gets its name when all are
 * there: on failure and cancel nothing is left behind. Throws the errors of `ModelFile.open` and `runOnSamples`, `invalid-argument`
 * when the folder holds something, `not-writable`, `disk-full`, `cancelled`.
 */
export async function runModel(request: RunModelRequest, { runner, fs }: RunPorts, report: ReportProgress, signal: AbortSignal): Promise<RunModelResult> {
  const file = ModelFile.open(resolve(request.path), request.dimensions);
  try {
    const folder = resolve(request.folder);
    const growing = join(dirname(folder), `.${basename(folder)}-${randomUUID()}`);
    const there = await fs.kindOf(folder);
    const inTheWay = there === 'folder' ? (await fs.list(folder)).length > 0 : there !== null;
    if (inTheWay) throw new NibbleError('invalid-argument', `${folder} holds something already. Choose a folder that is empty or not there yet.`, { file: folder });
    await writing(folder, () => fs.makeFolder(growing));
    try {
      const samples = request.samples === null ? null : resolve(request.samples);
      const result = await runner.run({ model: runnableOf(file), inputs: file.analysis.model.inputs, samples, count: request.count, threads: 0, folder: growing }, report, signal);
      if (there === 'folder') await writing(folder, () => fs.removeFolder(folder));
      await writing(folder, () => fs.rename(growing, folder));
      return { ...result, folder };
    } catch (error) {
      await fs.removeFolder(growing).catch(() => undefined);
      throw error;
    }
  } finally {
    file.close();
  }
}

async function writing(path: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    throw writeError(error, path);
  }
}
