import { join } from 'node:path';
import type { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { unmetWishes } from '../../../src/format/comparison';
import { compareFiles } from '../../../src/jobs/compare/compareFiles';
import type { CompareRequest } from '../../../src/jobs/compare/compareFiles';
import { quantizeModel } from '../../../src/jobs/quantize';
import type { ComparedLayer, ModelComparison } from '../../../src/jobs/records';
import { readModel } from '../../../src/onnx/readModel';
import type { Plan } from '../../../src/plan/plan';
import { caught } from '../../support/caught';
import { memorySource } from '../../support/memorySource';
import { buildModel, floatTensor, graph, node, rawTensor, valueInfo } from '../../support/onnxBuilder';
import { plainWeights } from '../../support/plainWeights';
import { quantizedModels } from '../../support/quantizedModels';
import { modelFile, testPorts } from '../../support/quantizing';
import { tempFolder } from '../../support/tempFolder';
import { weightTensor, weightValues } from '../../support/weightedModels';

const compare = (first: string, second: string, more: Partial<CompareRequest> = {}): Promise<ModelComparison> =>
  compareFiles({ first, second, dimensions: {}, plan: null, ...more }, plainWeights, () => undefined, new AbortController().signal);

const withWeights = ({ layers }: ModelComparison): readonly ComparedLayer[] => layers.filter(({ first }) => first !== null && first.format !== null);

interface Net {
  readonly prefix?: string;
  readonly tensors?: string;
  readonly change?: (values: Float32Array) => Float32Array;
  readonly extra?: boolean;
}

/** Two products with a Relu between them; `extra` puts another operator behind. */
function net({ prefix = '/net', tensors = 'w', change = (values) => values, extra = false }: Net = {}): Uint8Array {
  const weight = (index: number, dims: readonly [number, number]) => floatTensor(`${tensors}${index}`, dims, change(Float32Array.from(weightValues(dims[0] * dims[1], index + 1))));
  return buildModel({
    opsets: { '': 21 },
    graph: graph({
      nodes: [
        node('MatMul', ['x', `${tensors}0`], ['a'], { name: `${prefix}/fc1/MatMul` }),
        node('Relu', ['a'], ['r'], { name: `${prefix}/Relu` }),
        node('MatMul', ['r', `${tensors}1`], [extra ? 'b' : 'y'], { name: `${prefix}/fc2/MatMul` }),
        ...(extra ? [node('Tanh', ['b'], ['y'], { name: `${prefix}/Tanh` })] : []),
      ],
      initializers: [weight(0, [32, 64]), weight(1, [64, 32])],
      inputs: [valueInfo('x', 'float', [1, 32])],
      outputs: [valueInfo('y', 'float', [1, 32])],
    }),
  });
}

describe('comparing two models', () => {
  it('finds a model equal to itself', async () => {
    const path = modelFile(net());
    const comparison = await compare(path, path);
    expect(comparison.layers.map(({ match, absorbed, unmet }) => ({ match, absorbed, unmet }))).toEqual(Array(3).fill({ match: 'name', absorbed: [], unmet: null }));
    expect(comparison.difference).toEqual({ signal: expect.any(Number) as number, noise: 0, maxError: 0, different: 0, elements: 4096, sqnrDb: Infinity });
    expect(comparison.first).toEqual(comparison.second);
    expect(comparison.first).toMatchObject({ file: 'model.onnx', layers: 3, parameters: 4096, weightBytes: 16_384, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  });

  it.each([
    ['float numbers that the graph quantizes', { nodes: [node('QuantizeLinear', ['w', 's', 'z'], ['q']), node('DequantizeLinear', ['q', 's', 'z'], ['d']), node('Conv', ['x', 'd'], ['y'], { name: 'conv' })] }, 'it is stored as float, and its codes are made when the model runs'],
    ['filters in blocks of channels', { nodes: [node('Conv', ['x', 'w'], ['y'], { name: 'conv', domain: 'com.microsoft.nchwc' })] }, 'its layout is made for one kind of processor'],
  ])('says why it does not compare %s', async (_, { nodes }, reason) => {
    const conv = (own: readonly onnx.INodeProto[]) => modelFile(buildModel({
      opsets: { '': 21, 'com.microsoft.nchwc': 1 },
      graph: graph({ nodes: own, initializers: [weightTensor('w', [8, 8, 3, 3]), floatTensor('s', [], [0.1]), rawTensor('z', 'int8', [], new Uint8Array(1))], inputs: [valueInfo('x', 'float', [1, 8, 5, 5])], outputs: [valueInfo('y', 'float', null)] }),
    }));
    const { layers } = await compare(conv([node('Conv', ['x', 'w'], ['y'], { name: 'conv' })]), conv(nodes));
    expect(layers).toMatchObject([{ match: 'name', notCompared: reason }]);
  });

  it.each([
    ['int8 by channel', { bits: 8 }],
    ['uint4 in blocks', { bits: 4, symmetric: false, granularity: { block: 16 } }],
    ['int16 for the tensor', { bits: 16, granularity: 'tensor' }],
    ['uint8 asymmetric', { bits: 8, symmetric: false }],
    ['float16', 'float16'],
  ] as const)('measures what quantizing to %s has cost as the quantizer does', async (_, weights) => {
    const path = modelFile(net());
    const output = join(path, '..', 'small.onnx');
    const plan: Plan = { version: 1, default: { weights } };
    const written = await quantizeModel({ path, plan, output, samples: null, run: 'no' }, testPorts, () => undefined, new AbortController().signal);
    const comparison = await compare(path, output, { plan: { name: 'plan', plan } });
    const rows = withWeights(comparison);
    expect(rows.map(({ match, notCompared, unmet }) => ({ match, notCompared, unmet }))).toEqual(Array(2).fill({ match: 'name', notCompared: '', unmet: null }));
    for (const [index, { difference, second }] of rows.entries()) {
      const [weight] = written.layers[index]!.weights;
      expect(difference!.sqnrDb).toBeCloseTo(weight!.sqnrDb!, 5);
      expect(difference!.maxError).toBeCloseTo(weight!.maxError, 7);
      expect(second!.weightBytes).toBe(weight!.bytes.after);
    }
  });

  it('takes blocks whose scales are multiplied by operators for what they are', async () => {
    const bytes = buildModel({
      opsets: { '': 13 },
      graph: graph({ nodes: [node('MatMul', ['x', 'w'], ['y'], { name: 'fc' })], initializers: [weightTensor('w', [64, 32])], inputs: [valueInfo('x', 'float', [1, 64])], outputs: [valueInfo('y', 'float', [1, 32])] }),
    });
    const path = modelFile(bytes);
    for (const block of [16, 24]) {
      const output = join(path, '..', `block${block}.onnx`);
      const plan: Plan = { version: 1, target: 'onnxruntime-cpu', default: { weights: { bits: 8, symmetric: false, granularity: { block } } } };
      const written = await quantizeModel({ path, plan, output, samples: null, run: 'no' }, testPorts, () => undefined, new AbortController().signal);
      const [row] = withWeights(await compare(path, output, { plan: { name: 'plan', plan } }));
      expect(row).toMatchObject({ notCompared: '', unmet: null });
      expect(row!.difference!.sqnrDb).toBeCloseTo(written.layers[0]!.weights[0]!.sqnrDb!, 5);
    }
  });

  it('finds layers again by their contents, and those between them by their place', async () => {
    const comparison = await compare(modelFile(net()), modelFile(net({ prefix: 'stage', tensors: 'p' })));
    expect(comparison.layers.map(({ match, second }) => [match, second!.name])).toEqual([['content', 'stage/fc1/MatMul'], ['place', 'stage/Relu'], ['content', 'stage/fc2/MatMul']]);
    expect(comparison.difference).toMatchObject({ different: 0 });
  });

  it('finds layers with other names and other values by their place, and tells how many weights are others', async () => {
    const pruned = net({ prefix: 'stage', tensors: 'p', change: (values) => values.map((value, index) => (index % 4 === 0 ? 0 : value)) });
    const comparison = await compare(modelFile(net()), modelFile(pruned));
    expect(comparison.layers.map(({ match }) => match)).toEqual(['place', 'place', 'place']);
    expect(comparison.difference!.different).toBeGreaterThan(1000);
    expect(comparison.difference!.different).toBeLessThanOrEqual(1024);
  });

  it('keeps what is in one model only', async () => {
    const [small, large] = [modelFile(net()), modelFile(net({ extra: true }))];
    expect((await compare(small, large)).layers.at(-1)).toMatchObject({ first: null, second: { name: '/net/Tanh' }, match: null });
    expect((await compare(large, small)).layers.at(-1)).toMatchObject({ first: { name: '/net/Tanh' }, second: null, match: null });
  });

  it('calls out what the plan asks for and the file has otherwise', async () => {
    const path = modelFile(net());
    const output = join(path, '..', 'small.onnx');
    await quantizeModel({ path, plan: { version: 1, default: { weights: { bits: 8 } } }, output, samples: null, run: 'no' }, testPorts, () => undefined, new AbortController().signal);
    const plan: Plan = { version: 1, default: { weights: { bits: 8 } }, layers: [{ match: '/net/fc2/**', weights: { bits: 4, granularity: { block: 32 } } }] };
    const comparison = await compare(path, output, { plan: { name: 'net.nibble.json', plan } });
    expect(unmetWishes(comparison)).toEqual(['/net/fc2/MatMul: net.nibble.json asks for int4 · block 32, the layer has int8 · channel']);
    const kept = await compare(path, output, { plan: { name: 'p', plan: { version: 1, default: { weights: 'float' } } } });
    expect(unmetWishes(kept)).toHaveLength(2);
  });

  it('stops when it is told to, and says which file is not there', async () => {
    const path = modelFile(net());
    const controller = new AbortController();
    controller.abort();
    expect(await caught(() => compareFiles({ first: path, second: path, dimensions: {}, plan: null }, plainWeights, () => undefined, controller.signal))).toMatchObject({ reason: 'cancelled' });
    expect(await caught(() => compare(path, join(tempFolder(), 'none.onnx')))).toMatchObject({ reason: 'not-found' });
  });
});

describe('comparing what other tools have written with the model that it was made from', () => {
  const files = [...quantizedModels()].map((bytes) => ({ bytes, ...(Object.fromEntries(readModel(memorySource(bytes)).metadata) as { variant: string; original: string; tool: string }) }));
  const made = files.filter(({ tool }) => tool !== '').map((file): [string, typeof file] => [`${file.original}: ${file.tool} ${file.variant}`, file]);

  /** Least SQNR of weights with so many bits, in dB: half a step for the largest of some thousand bell-shaped values. */
  const LEAST_DB: Readonly<Record<number, number>> = { 4: 15, 8: 38, 16: 65, 32: Infinity };

  it('has pairs to go by', () => {
    expect(made.length).toBeGreaterThan(20);
  });

  it.each(made)('%s', async (_, { bytes, original }) => {
    const comparison = await compare(modelFile(files.find((file) => file.original === original && file.tool === '')!.bytes), modelFile(bytes));
    const rows = withWeights(comparison);
    expect(rows.filter(({ second }) => second === null).map(({ first }) => first!.name)).toEqual([]);
    expect(rows.map(({ notCompared }) => notCompared).filter((reason) => reason !== '')).toEqual([]);
    for (const { first, second, difference } of rows) {
      expect(second!.macs, first!.name).toBe(first!.macs);
      expect(difference!.sqnrDb, first!.name).toBeGreaterThanOrEqual(LEAST_DB[second!.format!.bits]!);
    }
  });
});
