import { onnxruntimeCpu } from './onnxruntimeCpu';
import type { Runtime } from './target';

/** onnxruntime as WebAssembly, in browsers and in Node: the CPU provider with kernels of its own, which add products in 32 bits. */
export const onnxruntimeWeb: Runtime = {
  ...onnxruntimeCpu,
  id: 'onnxruntime-web',
  label: 'ONNX Runtime Web, WebAssembly',
};
