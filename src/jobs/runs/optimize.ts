import type { Runtime } from '../../runtime/session';
import type { RunnableModel } from './runRequest';

export interface OptimizeRequest {
  readonly model: RunnableModel;
  /** Where the model is written as onnxruntime will run it. */
  readonly output: string;
}

export interface OptimizeResult {
  /** False where the runtime cannot write models. */
  readonly written: boolean;
  readonly notes: readonly string[];
}

/** Lets onnxruntime optimize a model and write what it made of it, before steps that depend on the machine. Throws `runtime`. */
export async function optimize({ model, output }: OptimizeRequest, runtime: Runtime): Promise<OptimizeResult> {
  if (runtime.kind !== 'native') return { written: false, notes: [] };
  const session = await runtime.load(model.path, { threads: 1, optimization: 'portable', optimizedPath: output, externalFiles: model.externalFiles });
  await session.release();
  return { written: true, notes: [] };
}
