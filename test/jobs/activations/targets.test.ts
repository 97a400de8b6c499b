import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../../src/onnx/readModel';
import { caught } from '../../support/caught';
import { calibrateAll, smallNetwork, withSamples } from '../../support/calibrating';
import { memorySource } from '../../support/memorySource';
import { node } from '../../support/onnxBuilder';
import { tempFolder } from '../../support/tempFolder';

/** Quantizes the small network for a target, and tells what was written. */
async function quantizedFor(target: string, bits: 8 | 16 = 8, parts = smallNetwork()) {
  const { path, samples } = withSamples(tempFolder(), parts);
  const result = await calibrateAll(path, samples, { target, default: { activations: { bits } } });
  const bytes = readFileSync(join(dirname(path), 'out.onnx'));
  const { graph } = readModel(memorySource(bytes));
  const producers = new Map(graph.nodes.flatMap((made) => made.outputs.map((name) => [name, made] as const)));
  const types = new Map(graph.initializers.map(({ name, dataType }) => [name, dataType]));
  const bytesOf = (name: string): readonly number[] => {
    const { storage } = graph.initializers.find((tensor) => tensor.name === name)!;
    if (storage.kind === 'inline') return [...storage.bytes];
    if (storage.kind !== 'file') return expect.unreachable(storage.kind);
    return [...bytes.subarray(storage.offset, storage.offset + storage.length)];
  };
  return { result, activations: result.activations!, graph, producers, types, bytesOf };
}

describe('activations for a target', () => {
  it('are int8 without zero points for TensorRT, with float biases and pairs where layers read', async () => {
    const { activations, graph, producers, types, bytesOf } = await quantizedFor('tensorrt');
    expect(activations).toMatchObject({ format: 'int8', float: [], verified: false, integerMacs: 1 });
    expect(activations.sqnrDb).toBeGreaterThan(20);
    expect(new Set(activations.kernels.map(({ kernel }) => kernel))).toEqual(new Set(['int8 Conv', 'int8 Gemm']));
    const pairs = graph.nodes.filter(({ op }) => op === 'QuantizeLinear');
    expect(pairs.length).toBeGreaterThan(3);
    for (const { inputs } of pairs) {
      expect({ type: types.get(inputs[2]!), bytes: bytesOf(inputs[2]!) }).toEqual({ type: 'int8', bytes: [0] });
    }
    expect([...types.values()]).not.toContain('int32');
    for (const layer of graph.nodes.filter(({ op }) => op === 'Conv' || op === 'Gemm')) {
      expect(layer.inputs.slice(0, 2).map((name) => producers.get(name)?.op)).toEqual(['DequantizeLinear', 'DequantizeLinear']);
    }
    // The residual sum reads the shortcut quantized, and the convolution as it is.
    const sum = graph.nodes.find(({ name }) => name === 'sum')!;
    expect(sum.inputs.map((name) => producers.get(name)?.op).sort()).toEqual(['Conv', 'DequantizeLinear']);
  });

  it('are quantized behind every layer for QNN, in 8 or 16 bits', async () => {
    for (const bits of [8, 16] as const) {
      const { activations } = await quantizedFor('qnn', bits);
      expect(activations).toMatchObject({ format: `uint${bits}`, float: [], integerMacs: 1 });
      expect(activations.layers.map(({ output }) => output)).toEqual(['quantized', 'quantized', 'quantized', 'quantized']);
      expect(activations.kernels[0]!.kernel).toBe(`uint${bits} Conv`);
    }
  });

  it('take weights with them for QNN: what stays float has float weights', async () => {
    const parts = smallNetwork();
    parts.graph.node!.splice(4, 0, node('Exp', ['depth'], ['power']), node('Log', ['power'], ['logged']));
    parts.graph.node!.find(({ name }) => name === 'point')!.input![0] = 'logged';
    const { activations, result } = await quantizedFor('qnn', 8, parts);
    expect(activations.float).toEqual([{ name: 'depth', op: 'Conv', why: expect.stringContaining('logarithm') as string }]);
    expect(Object.fromEntries(result.layers.map(({ name, weights }) => [name, weights[0]!.format]))).toMatchObject({ depth: 'float', point: 'int8' });
  });

  it('are uint8 for OpenVINO', async () => {
    const { activations } = await quantizedFor('openvino');
    expect(activations).toMatchObject({ format: 'uint8', float: [], verified: false });
  });

  it('go with weights of 7 bits where sums of products saturate: no pair of them can', async () => {
    const { activations, graph, bytesOf } = await quantizedFor('onnxruntime-cpu-avx2');
    expect(activations).toMatchObject({ format: 'uint8', float: [], verified: true, integerMacs: 1 });
    const weights = graph.initializers.filter(({ dataType, dims }) => dataType === 'int8' && dims.length > 1);
    expect(weights).toHaveLength(4);
    for (const { name } of weights) {
      const codes = Int8Array.from(bytesOf(name));
      expect(Math.max(...codes.map(Math.abs))).toBe(64);
    }
  });

  it('are refused in types that the target does not take, with the types that it takes', async () => {
    const { path, samples } = withSamples(tempFolder(), smallNetwork());
    const error = await caught(() => calibrateAll(path, samples, { target: 'tensorrt', default: { activations: { bits: 8, signed: false } } }));
    expect(error).toMatchObject({ reason: 'invalid-argument', message: expect.stringContaining('uint8 activations do not fit the target TensorRT') as string });
    expect((error as Error).message).toContain('Choose int8.');
  });
});
