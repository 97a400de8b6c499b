import { fork } from 'node:child_process';
import { NibbleError } from '../../errors';
import { loadRuntime } from '../../runtime/loadRuntime';
import type { ReportProgress } from '../records';
import { evaluateModels } from './evaluateModels';
import type { EvaluateRequest, EvaluateResult } from './evaluateModels';
import type { RunnerMessage, RunnerRequest, RunnerStage } from './runnerMessages';

/** Runs models: in a process of its own in the product, in this process in tests. */
export interface ModelRunner {
  /** See `evaluateModels`. Rejects with `cancelled` within 200 ms of an abort. */
  evaluate(request: EvaluateRequest, report: ReportProgress, signal: AbortSignal): Promise<EvaluateResult>;
}

/** Runs models in this process, where a run blocks everything else until it is over. */
export const directRunner: ModelRunner = {
  async evaluate(request, report, signal) {
    const { runtime, note } = await loadRuntime();
    const result = await evaluateModels(request, runtime, report, { signal });
    return note === '' ? result : { ...result, notes: [note, ...result.notes] };
  },
};

/**
 * Runs models in a process of their own. A native library that brings it down while loading is replaced by the
 * WebAssembly build; a crash later ends the evaluation, and the result says so.
 * @param entry the built `runnerMain`.
 */
export function processRunner(entry: string): ModelRunner {
  return {
    async evaluate(request, report, signal) {
      const first = await runOnce(entry, { request, runtime: 'auto' }, report, signal);
      if (first.kind === 'done') return first.result;
      if (first.stage !== null) return afterCrash(first.stage, first.how, request);
      const second = await runOnce(entry, { request, runtime: 'wasm' }, report, signal);
      const note = `Models ran in onnxruntime's WebAssembly build, because its native library does not work here (${first.how}).`;
      if (second.kind === 'done') return { ...second.result, notes: [note, ...second.result.notes] };
      if (second.stage !== null) return afterCrash(second.stage, second.how, request);
      return { outputs: [], accuracy: null, notRun: `onnxruntime does not work here (${second.how}).`, notes: [] };
    },
  };
}

/** An original that brings the runtime down cannot be compared with; a quantized model that does is of no use. */
function afterCrash(stage: RunnerStage, how: string, { quantized }: EvaluateRequest): EvaluateResult {
  if (stage === 'original') return { outputs: [], accuracy: null, notRun: `onnxruntime stopped while it ran the original model (${how}).`, notes: [] };
  throw new NibbleError('verification', `onnxruntime stopped while it ran the quantized model (${how}), although it runs the original. Please report this, and choose other formats.`, { file: quantized.path });
}

type Outcome = { readonly kind: 'done'; readonly result: EvaluateResult } | { readonly kind: 'died'; readonly stage: RunnerStage | null; readonly how: string };

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
