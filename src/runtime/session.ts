import type { DataType } from '../onnx/dtypes';
import type { TensorValue } from './tensorValue';

/** An input or output as the runtime reports it; `dataType` is null for sequences, maps and optionals. */
export interface ValueSpec {
  readonly name: string;
  readonly dataType: DataType | null;
}

/** A model that is loaded and can be run. */
export interface ModelSession {
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
  /**
   * Runs the model once. Outputs that are not tensors are left out of the result.
   * Throws `runtime` with onnxruntime's own reason when the run fails.
   * @param wanted outputs to hand over, among those that the model has; all when it is left out.
   */
  run(feeds: ReadonlyMap<string, TensorValue>, wanted?: readonly string[]): Promise<ReadonlyMap<string, TensorValue>>;
  release(): Promise<void>;
}

/** A data file that a model refers to: the name inside the model, and where it is. */
export interface ExternalFile {
  readonly location: string;
  readonly path: string;
}

export interface SessionOptions {
  /** Threads that one operator may use; 0: the runtime's own choice. */
  readonly threads: number;
  /** 'none' runs the graph node by node as it is written; 'all' is what an application gets; 'portable' leaves out what depends on the machine. */
  readonly optimization: 'none' | 'portable' | 'all';
  /** Where the optimized model is written; left out: nowhere. The native runtime only. */
  readonly optimizedPath?: string;
  /** Needed by the wasm runtime only, which cannot open files itself. */
  readonly externalFiles: readonly ExternalFile[];
}

/** Something that loads ONNX models. */
export interface Runtime {
  readonly kind: 'native' | 'wasm';
  /** Throws `runtime` when onnxruntime refuses the model. */
  load(path: string, options: SessionOptions): Promise<ModelSession>;
}
