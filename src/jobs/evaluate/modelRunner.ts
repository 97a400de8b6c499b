import { fork } from 'node:child_process';
import { NibbleError } from '../../errors';
import type { ReportProgress } from '../records';
import type { EvaluateResult } from './evaluateModels';
import type { RunnerMessage, RunnerRequest, RunnerStage } from './runnerMessages';
import { runTask } from './runnerTask';
import type { RunnerTask, RunnerTasks, TaskKind, TaskResult } from './runnerTask';

/** Rejects with `cancelled` within 200 ms of an abort. */
type RunTask<Kind extends TaskKind> = (request: RunnerTasks[Kind]['request'], report: ReportProgress, signal: AbortSignal) => Promise<RunnerTasks[Kind]['result']>;

/** Runs models: in a process of its own in the product, in this process in tests. See `evaluateModels`, `observe`, `average`, `optimize`, `run` and `score`. */
export type ModelRunner = { readonly [Kind in TaskKind]: RunTask<Kind> };

function runnerOf(run: (task: RunnerTask, report: ReportProgress, signal: AbortSignal) => Promise<TaskResult>): ModelRunner {
  const method = <Kind extends TaskKind>(kind: Kind): RunTask<Kind> => async (request, report, signal) => (await run({ kind, request } as RunnerTask, report, signal));
  return { evaluate: method('evaluate'), observe: method('observe'), average: method('average'), optimize: method('optimize'), run: method('run'), score: method('score') };
}

/** Runs models in this process, where a run blocks everything else until it is over. */
export const directRunner: ModelRunner = runnerOf((task, report, signal) => runTask(task, report, { runtime: 'auto', signal }));

/**
 * Runs models in a process of their own. A native library that brings it down while loading is replaced by the
 * WebAssembly build; a crash later ends the task: the result of an evaluation says so, other tasks fail.
 * @param entry the built `runnerMain`.
 */
export function processRunner(entry: string): ModelRunner {
  return runnerOf(async (task, report, signal) => {
    const first = await runOnce(entry, { task, runtime: 'auto' }, report, signal);
    if (first.kind === 'done') return first.result;
    if (first.stage !== null) return afterCrash(first.stage, first.how, task);
    const second = await runOnce(entry, { task, runtime: 'wasm' }, report, signal);
    const note = `Models ran in onnxruntime's WebAssembly build, because its native library does not work here (${first.how}).`;
    if (second.kind === 'done') return { ...second.result, notes: [note, ...second.result.notes] };
    if (second.stage !== null) return afterCrash(second.stage, second.how, task);
    if (task.kind === 'evaluate') return notRun(`onnxruntime does not work here (${second.how}).`);
    throw new NibbleError('runtime', `onnxruntime does not work here (${second.how}), so that nothing can be measured. Weights can be quantized without it.`);
  });
}

/** An original that brings the runtime down cannot be compared with; a quantized model that does is of no use. */
function afterCrash(stage: RunnerStage, how: string, task: RunnerTask): EvaluateResult {
  if (task.kind !== 'evaluate') throw new NibbleError('runtime', `onnxruntime stopped while it ran the model on samples (${how}). Perhaps this machine has too little memory for it; try fewer or smaller samples.`);
  if (stage === 'original') return notRun(`onnxruntime stopped while it ran the original model (${how}).`);
  throw new NibbleError('verification', `onnxruntime stopped while it ran the quantized model (${how}), although it runs the original. Please report this, and choose other formats.`, { file: task.request.quantized.path });
}

function notRun(reason: string): EvaluateResult {
  return { outputs: [], accuracy: null, notRun: reason, notes: [] };
}

type Outcome = { readonly kind: 'done'; readonly result: TaskResult } | { readonly kind: 'died'; readonly stage: RunnerStage | null; readonly how: string };

function runOnce(entry: string, request: RunnerRequest, report: ReportProgress, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new NibbleError('cancelled', 'Cancelled.'));
      return;
    }
    let stage: RunnerStage | null = null;
    const child = fork(entry, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const stop = (): void => {
      child.kill('SIGKILL');
      reject(new NibbleError('cancelled', 'Cancelled.'));
    };
    signal.addEventListener('abort', stop, { once: true });
    child.on('message', (message: RunnerMessage) => {
      switch (message.kind) {
        case 'reached':
          ({ stage } = message);
          return;
        case 'progress':
          report(message.progress);
          return;
        case 'done':
          resolve({ kind: 'done', result: message.result });
          return;
        case 'failed':
          reject(new NibbleError(message.reason, message.message, message.subject));
      }
    });
    const ended = (how: string): void => {
      signal.removeEventListener('abort', stop);
      // After an answer this has no effect any more.
      resolve({ kind: 'died', stage, how });
    };
    child.on('error', (error) => { ended(error.message); });
    child.on('exit', (code, killedBy) => { ended(killedBy ?? `exit code ${code ?? 'unknown'}`); });
    child.send(request);
  });
}
