import { availableParallelism } from 'node:os';
import type { ModelRunner } from '../jobs/evaluate/modelRunner';
import { compareFiles } from '../jobs/compare/compareFiles';
import { analyzeFile, summarizeFile } from '../jobs/analyze';
import { auditFile } from '../jobs/audit';
import { evaluateFiles } from '../jobs/evaluateFiles';
import type { OutputFs } from '../jobs/files/outputFs';
import { OpenedModel } from '../jobs/openModel';
import type { WeightPort } from '../jobs/ports';
import { quantizeModel } from '../jobs/quantize';
import { repairModel } from '../jobs/repair/repairModel';
import type { EngineSettings } from './api';
import type { EngineService } from './service';

/** A worker thread with its own JavaScript heap, kernels and buffers; measured at 30 to 50 MB. */
const BYTES_PER_THREAD = 64 * 2 ** 20;

export interface JobServiceParts {
  /** Makes the arithmetic on so many threads. */
  readonly createWeights: (threads: number) => WeightPort;
  readonly runner: ModelRunner;
  readonly fs: OutputFs;
}

/** The jobs, as the server calls them. */
export function createJobService({ createWeights, runner, fs }: JobServiceParts): EngineService {
  let threads = availableParallelism();
  let current: { readonly threads: number; readonly weights: WeightPort } | null = null;
  /** Models and jobs that began with an earlier pool keep it: its idle threads cost little, and settings change rarely. */
  const weights = (): WeightPort => {
    if (current?.threads !== threads) current = { threads, weights: createWeights(threads) };
    return current.weights;
  };
  return {
    configure(settings) {
      threads = threadsFor(settings);
    },
    open: (path, dimensions, counting) => Promise.resolve(OpenedModel.open(path, dimensions, weights(), counting)),
    summarize: (path) => Promise.resolve(summarizeFile(path)),
    analyze: (path, dimensions) => Promise.resolve(analyzeFile(path, dimensions)),
    audit: ({ path, against }, report, signal) => auditFile({ path, against }, report, signal),
    repair: ({ path, output }, report, signal) => repairModel({ path, output }, fs, report, signal),
    compare: ({ first, second, dimensions, plan }, report, signal) => compareFiles({ first, second, dimensions, plan }, weights(), report, signal),
    evaluate: ({ path, against, samples, dimensions }, report, signal) => evaluateFiles({ path, against, samples, dimensions }, runner, report, signal),
    quantize: ({ path, plan, output, samples, run }, report, signal) => quantizeModel({ path, plan, output, samples, run }, { weights: weights(), runner, fs }, report, signal),
  };
}

/** As many threads as are asked for (0: as there are cores), but no more than fit into the memory limit. */
export function threadsFor({ threads, memoryLimitBytes }: EngineSettings): number {
  const wanted = threads > 0 ? threads : availableParallelism();
  return Math.max(1, Math.min(wanted, Math.floor(memoryLimitBytes / BYTES_PER_THREAD)));
}
