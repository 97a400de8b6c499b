import { loadRuntime } from '../../runtime/loadRuntime';
import type { Runtime } from '../../runtime/session';
import { wasmRuntime } from '../../runtime/wasm';
import type { ReportProgress } from '../records';
import { average } from '../runs/average';
import type { AverageRequest, AverageResult } from '../runs/average';
import { observe } from '../runs/observe';
import type { ObserveRequest, ObserveResult } from '../runs/observe';
import { optimize } from '../runs/optimize';
import type { OptimizeRequest, OptimizeResult } from '../runs/optimize';
import { writeOutputs } from '../runs/writeOutputs';
import type { WriteOutputsRequest, WriteOutputsResult } from '../runs/writeOutputs';
import { score } from '../runs/score';
import type { ScoreRequest, ScoreResult } from '../runs/score';
import { evaluateModels } from './evaluateModels';
import type { EvaluateOptions, EvaluateRequest, EvaluateResult } from './evaluateModels';

/** What models are run for, with what goes in and what comes out. Everything is plain data; crosses processes. */
export interface RunnerTasks {
  readonly evaluate: { readonly request: EvaluateRequest; readonly result: EvaluateResult };
  readonly observe: { readonly request: ObserveRequest; readonly result: ObserveResult };
  readonly average: { readonly request: AverageRequest; readonly result: AverageResult };
  readonly optimize: { readonly request: OptimizeRequest; readonly result: OptimizeResult };
  readonly run: { readonly request: WriteOutputsRequest; readonly result: WriteOutputsResult };
  readonly score: { readonly request: ScoreRequest; readonly result: ScoreResult };
}

export type TaskKind = keyof RunnerTasks;
export type RunnerTask = { readonly [Kind in TaskKind]: { readonly kind: Kind; readonly request: RunnerTasks[Kind]['request'] } }[TaskKind];
export type TaskResult = RunnerTasks[TaskKind]['result'];

export interface TaskOptions extends EvaluateOptions {
  /** 'auto': the native library where it loads. */
  readonly runtime: Runtime['kind'] | 'auto';
  /** Called when onnxruntime has been loaded. */
  readonly onRuntime?: () => Promise<void>;
}

/** Does a task in this process. */
export async function runTask(task: RunnerTask, report: ReportProgress, { runtime: kind, onRuntime, ...options }: TaskOptions): Promise<TaskResult> {
  const { runtime, note } = kind === 'wasm' ? { runtime: await wasmRuntime(), note: '' } : await loadRuntime();
  await onRuntime?.();
  const result = await runWith(task, runtime, report, options);
  return note === '' ? result : { ...result, notes: [note, ...result.notes] };
}

function runWith(task: RunnerTask, runtime: Runtime, report: ReportProgress, options: EvaluateOptions): Promise<TaskResult> {
  switch (task.kind) {
    case 'evaluate':
      return evaluateModels(task.request, runtime, report, options);
    case 'observe':
      return observe(task.request, runtime, report, options.signal);
    case 'average':
      return average(task.request, runtime, report, options.signal);
    case 'optimize':
      return optimize(task.request, runtime);
    case 'run':
      return writeOutputs(task.request, runtime, report, options.signal);
    case 'score':
      return score(task.request, runtime, report, options.signal);
  }
}
