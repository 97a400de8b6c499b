/**
 * What onnxruntime's CPU provider makes of quantized values, measured on the pinned version (`onnxruntimeFacts.ts`);
 * `test/targets/placementFacts.test.ts` measures it again.
 */
import type { ActivationRange } from '../quant/observe/activationRange';

/** Operators that only move elements: between a DequantizeLinear and a QuantizeLinear of the same scale they run on the codes. */
export const MOVERS: ReadonlySet<string> = new Set(['Concat', 'Expand', 'Flatten', 'Gather', 'MaxPool', 'Reshape', 'Resize', 'Slice', 'Squeeze', 'Tile', 'Transpose', 'Unsqueeze']);

/** What follows a layer and is fused with it, because the codes' own limits do the same. */
export const ACTIVATIONS: ReadonlySet<string> = new Set(['Relu', 'Clip']);

/** Ranges that an operator's output has whatever comes in. */
export const FIXED_RANGES: ReadonlyMap<string, ActivationRange> = new Map([
  ['Softmax', { low: 0, high: 1 }],
  ['Sigmoid', { low: 0, high: 1 }],
  ['HardSigmoid', { low: 0, high: 1 }],
]);

/** Layers that run in float when no QuantizeLinear follows. Products of matrices have integer kernels that give out floats. */
export const KERNELS_WITH_QUANTIZED_OUTPUTS: ReadonlySet<string> = new Set(['Conv']);

/** Operators that have kernels on 8-bit codes with weights of 8 bits. */
export const INTEGER_KERNELS: ReadonlySet<string> = new Set(['Conv', 'Gemm', 'MatMul']);
