import type { ErrorReason, ErrorSubject } from '../../errors';
import type { Runtime } from '../../runtime/session';
import type { Progress } from '../records';
import type { RunnerTask, TaskResult } from './runnerTask';

/** What the process that runs models is asked, once. */
export interface RunnerRequest {
  readonly task: RunnerTask;
  /** 'auto': the native library where it loads. */
  readonly runtime: Runtime['kind'] | 'auto';
}

/** `original`: onnxruntime is there, and the original is loaded and tried. `quantized`: the original runs, and the other model is loaded. */
export type RunnerStage = 'original' | 'quantized';

/** What it says. What it reached before it died tells what killed it: onnxruntime itself, the original, or the quantized model. */
export type RunnerMessage =
  | { readonly kind: 'reached'; readonly stage: RunnerStage }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly result: TaskResult }
  | { readonly kind: 'failed'; readonly reason: ErrorReason; readonly message: string; readonly subject: ErrorSubject };
