import { NibbleError } from '../errors';
import { nativeRuntime } from './native';
import type { Runtime } from './session';
import { wasmRuntime } from './wasm';

export interface LoadedRuntime {
  readonly runtime: Runtime;
  /** What a person should know about the choice; '' when the native library is there. */
  readonly note: string;
}

/**
 * The best onnxruntime of this machine: the native library, else the WebAssembly build.
 * Throws `runtime` when neither can be loaded.
 */
export async function loadRuntime(
  loaders: { readonly native: () => Promise<Runtime>; readonly wasm: () => Promise<Runtime> } = { native: nativeRuntime, wasm: wasmRuntime },
): Promise<LoadedRuntime> {
  try {
    return { runtime: await loaders.native(), note: '' };
  } catch (nativeError) {
    try {
      const note = `Models ran in onnxruntime's WebAssembly build, because its native library does not load here (${process.platform}-${process.arch}).`;
      return { runtime: await loaders.wasm(), note };
    } catch (wasmError) {
      throw new NibbleError('runtime', 'onnxruntime could not be loaded, neither its native library nor its WebAssembly build. Reinstall Nibble.', {}, {
        cause: new AggregateError([nativeError, wasmError]),
      });
    }
  }
}
