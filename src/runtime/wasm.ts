import { loadOrtSession } from './ortSession';
import type { Runtime } from './session';

/** onnxruntime compiled to WebAssembly: runs wherever Node runs, several times slower than the native library. */
export async function wasmRuntime(): Promise<Runtime> {
  const ort = await import('onnxruntime-web');
  // Its threads would keep the process alive after the last session is released.
  ort.env.wasm.numThreads = 1;
  return { kind: 'wasm', load: (path, options) => loadOrtSession(ort, path, options) };
}
