import type { ErrorReason, ErrorSubject } from '../../errors';
import type { Runtime } from '../../runtime/session';
import type { Progress } from '../records';
import type { CompareRequest, CompareResult } from './compareModels';

/** What the process that runs models is asked, once. */
export interface RunnerRequest {
  readonly request: CompareRequest;
  /** 'auto': the native library where it loads. */
  readonly runtime: Runtime['kind'] | 'auto';
}

/** What it says. `ready` comes when onnxruntime itself is loaded; a process that ends before has not got a working one. */
export type RunnerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly result: CompareResult }
  | { readonly kind: 'failed'; readonly reason: ErrorReason; readonly message: string; readonly subject: ErrorSubject };
