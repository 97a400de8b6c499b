import { onnxruntimeCpu } from './onnxruntimeCpu';
import type { Runtime } from './target';

/**
 * onnxruntime on x64 processors with AVX2 or AVX-512 but without VNNI: their instruction adds two products of an activation and a weight in
 * 16 bits, which saturates where both are large.
 */
export const onnxruntimeAvx2: Runtime = {
  ...onnxruntimeCpu,
  id: 'onnxruntime-cpu-avx2',
  label: 'ONNX Runtime, x64 without VNNI',
  activations: { ...onnxruntimeCpu.activations, reducedWeights: true },
};
