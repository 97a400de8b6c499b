import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quantizeModel } from '../../src/jobs/quantize';
import type { QuantizeResult } from '../../src/jobs/records';
import type { Plan } from '../../src/plan/plan';
import { npy } from './npy';
import { buildModel, floatTensor, graph, int, ints, node, valueInfo } from './onnxBuilder';
import type { ModelParts } from './onnxBuilder';
import { testPorts } from './quantizing';
import { weightValues } from './weightedModels';

const vary = (count: number, seed: number, scale = 1, mean = 0): Float32Array => weightValues(count, seed).map((value) => value * 10 * scale + mean);

/**
 * A small network with what real ones have: BatchNormalization behind a convolution, a depthwise convolution whose channels
 * differ a lot, a gate, a residual sum, pooling, a matrix with a bias, a Softmax. x [batch, 3, 12, 12] → probabilities of 5 classes.
 */
export function smallNetwork(opset = 17): ModelParts {
  const channels = 16;
  return {
    opsets: { '': opset },
    irVersion: opset < 9 ? 3 : 7,
    graph: graph({
      nodes: [
        node('Conv', ['x', 'stem.w'], ['stem'], { name: 'stem', attributes: { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) } }),
        node('BatchNormalization', ['stem', 'bn.scale', 'bn.shift', 'bn.mean', 'bn.var'], ['bn'], { name: 'bn' }),
        node('Relu', ['bn'], ['relu'], { name: 'relu' }),
        node('Conv', ['relu', 'depth.w', 'depth.b'], ['depth'], { name: 'depth', attributes: { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1), group: int(channels) } }),
        node('Sigmoid', ['depth'], ['gate'], { name: 'gate' }),
        node('Mul', ['depth', 'gate'], ['gated'], { name: 'gated' }),
        node('Conv', ['gated', 'point.w'], ['point'], { name: 'point', attributes: { kernel_shape: ints(1, 1) } }),
        node('Add', ['point', 'relu'], ['sum'], { name: 'sum' }),
        node('GlobalAveragePool', ['sum'], ['pooled'], { name: 'pool' }),
        node('Flatten', ['pooled'], ['flat'], { name: 'flatten' }),
        node('Gemm', ['flat', 'head.w', 'head.b'], ['logits'], { name: 'head', attributes: { transB: int(1) } }),
        node('Softmax', ['logits'], ['y'], { name: 'softmax' }),
      ],
      initializers: [
        floatTensor('stem.w', [channels, 3, 3, 3], vary(channels * 27, 1, 0.3)),
        floatTensor('bn.scale', [channels], vary(channels, 2, 1, 1.5).map((value, channel) => value * (channel % 4 === 0 ? 4 : 0.5))),
        floatTensor('bn.shift', [channels], vary(channels, 3, 0.5, 0.3)),
        floatTensor('bn.mean', [channels], vary(channels, 4, 0.2)),
        floatTensor('bn.var', [channels], vary(channels, 5, 0.1, 0.8).map(Math.abs)),
        floatTensor('depth.w', [channels, 1, 3, 3], vary(channels * 9, 6, 0.4)),
        floatTensor('depth.b', [channels], vary(channels, 7, 0.2)),
        floatTensor('point.w', [channels, channels, 1, 1], vary(channels * channels, 8, 0.3)),
        floatTensor('head.w', [5, channels], vary(5 * channels, 9, 0.5)),
        floatTensor('head.b', [5], vary(5, 10, 0.2)),
      ],
      inputs: [valueInfo('x', 'float', ['batch', 3, 12, 12])],
      outputs: [valueInfo('y', 'float', ['batch', 5])],
    }),
  };
}

/** Writes a model and samples for its input `x` into a folder. */
export function withSamples(folder: string, parts: ModelParts, dims: readonly number[] = [8, 3, 12, 12], values?: Float32Array): { readonly path: string; readonly samples: string } {
  const path = join(folder, 'model.onnx');
  const samples = join(folder, 'samples.npy');
  writeFileSync(path, buildModel(parts));
  writeFileSync(samples, npy('<f4', dims, values ?? vary(dims.reduce((product, dim) => product * dim, 1), 20)));
  return { path, samples };
}

/** Quantizes weights to int8 and activations to uint8, to `out.onnx` beside the model. */
export function calibrateAll(path: string, samples: string | null, changes: Partial<Plan> = {}, signal = new AbortController().signal): Promise<QuantizeResult> {
  const plan: Plan = { version: 1, default: { activations: { bits: 8 } }, ...changes };
  return quantizeModel({ path, plan, output: join(path, '..', 'out.onnx'), samples, run: 'yes' }, testPorts, () => undefined, signal);
}
