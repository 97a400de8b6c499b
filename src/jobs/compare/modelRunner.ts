import { loadRuntime } from '../../runtime/loadRuntime';
import type { ReportProgress } from '../records';
import { compareModels } from './compareModels';
import type { CompareRequest, CompareResult } from './compareModels';

/** Runs models: in a process of its own in the product, in this process in tests. */
export interface ModelRunner {
  /** See `compareModels`. Rejects with `cancelled` within 200 ms of an abort. */
  compare(request: CompareRequest, report: ReportProgress, signal?: AbortSignal): Promise<CompareResult>;
}

/** Runs models in this process, where a run blocks everything else until it is over. */
export const directRunner: ModelRunner = {
  async compare(request, report, signal) {
    const { runtime, note } = await loadRuntime();
    const result = await compareModels(request, runtime, report, signal);
    return note === '' ? result : { ...result, notes: [note, ...result.notes] };
  },
};
