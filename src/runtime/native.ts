import { loadOrtSession } from './ortSession';
import type { Runtime } from './session';

/** onnxruntime's native library. Rejects where the package has no binary for this platform. */
export async function nativeRuntime(): Promise<Runtime> {
  const ort = await import('onnxruntime-node');
  // The library opens data files itself, beside the model.
  return { kind: 'native', load: (path, options) => loadOrtSession(ort, path, { ...options, externalFiles: [] }) };
}
