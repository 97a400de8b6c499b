import { mkdirSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { NibbleError } from '../../src/errors';
import { directRunner } from '../../src/jobs/evaluate/modelRunner';
import { nodeOutputFs } from '../../src/jobs/files/outputFs';
import type { OutputFs } from '../../src/jobs/files/outputFs';
import type { WeightPort } from '../../src/jobs/ports';
import { quantizeModel } from '../../src/jobs/quantize';
import { numberToHalf } from '../support/float16';
import { caught } from '../support/caught';
import { dequantizedWeights } from '../support/floatTwin';
import {
  buildModel, concatBytes, constant, externalTensor, float, floatTensor, graph, graphAttribute, int, int64Tensor, node, rawField, rawTensor, typedTensor, valueInfo, varintField,
} from '../support/onnxBuilder';
import type { ModelParts } from '../support/onnxBuilder';
import { plainWeights } from '../support/plainWeights';
import { modelFile, quantizeAll, testPorts } from '../support/quantizing';
import { tempFolder } from '../support/tempFolder';
import { weightTensor, weightValues } from '../support/weightedModels';
import { TIMED } from '../support/timed';

const x = valueInfo('x', 'float', [1, 32]);
const y = valueInfo('y', 'float', [1, 32]);
const int8 = { bits: 8 } as const;

function matmul(name = 'layer'): onnx.INodeProto {
  return node('MatMul', ['x', 'w'], ['y'], { name });
}

/** One MatMul with the given way of holding its weights `w` [32, 32]. */
function model(parts: Parameters<typeof graph>[0], rest: Omit<ModelParts, 'graph'> = {}): Uint8Array {
  return buildModel({ ...rest, graph: graph({ nodes: [matmul()], inputs: [x], outputs: [y], ...parts }) });
}

function decode(path: string): onnx.ModelProto {
  return onnx.ModelProto.decode(readFileSync(path));
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe('what the written file says', () => {
  it('keeps every byte that no weight is in', async () => {
    const unknown = [rawField(200, new TextEncoder().encode('from a later standard')), varintField(201, 77)];
    const bytes = model({ initializers: [weightTensor('w', [32, 32])] }, { metadata: { author: 'somebody' }, extra: unknown });
    const { output } = await quantizeAll(modelFile(bytes), int8);
    const written = readFileSync(output);
    for (const part of [...unknown, new TextEncoder().encode('somebody')]) expect(written.includes(Buffer.from(part))).toBe(true);
    expect(decode(output).graph!.node!.map(({ opType }) => opType)).toEqual(['DequantizeLinear', 'MatMul']);
  });

  it('is the same file, byte for byte, when everything stays float', async () => {
    const bytes = model({ initializers: [weightTensor('w', [32, 32])] }, { extra: [rawField(200, new Uint8Array(9))] });
    const result = await quantizeAll(modelFile(bytes), 'float');
    expect(readFileSync(result.output).equals(bytes)).toBe(true);
    expect(result).toMatchObject({ bytes: { before: bytes.length, after: bytes.length }, outputs: [], notes: [] });
    expect(result.notRun).not.toBe('');
  });

  it('holds what the result says, read back from it', async () => {
    const { output, bytes, weightBytes, layers } = await quantizeAll(modelFile(model({ initializers: [weightTensor('w', [32, 32])] })), { bits: 8, symmetric: false });
    const sizes = new Map(decode(output).graph!.initializer!.map(({ name, rawData }) => [name, rawData!.length]));
    expect(Object.fromEntries(sizes)).toEqual({ w_quantized: 1024, w_scale: 128, w_zero_point: 32 });
    expect(weightBytes).toEqual({ before: 4096, after: 1184 });
    expect(layers[0]!.weights[0]).toMatchObject({ tensor: 'w', format: 'uint8', symmetric: false, granularity: 'channel', bytes: { before: 4096, after: 1184 }, skipped: '' });
    expect(bytes.after).toBe(readFileSync(output).length);
  });

  it('takes names that nothing has', async () => {
    const nodes = [node('Identity', ['x'], ['w_quantized']), node('MatMul', ['w_quantized', 'w'], ['w_scale']), node('Identity', ['w_scale'], ['y'], { name: 'w_DequantizeLinear' })];
    const { output, outputs } = await quantizeAll(modelFile(model({ nodes, initializers: [weightTensor('w', [32, 32])] })), int8);
    expect(decode(output).graph!.initializer!.map(({ name }) => name)).toEqual(['w_quantized_2', 'w_scale_2']);
    expect(outputs[0]!.sqnrDb).toBeGreaterThan(30);
  });

  it('survives odd names', async () => {
    const name = '<b>"w"\n/😀';
    const { outputs } = await quantizeAll(modelFile(model({ nodes: [node('MatMul', ['x', name], ['y'])], initializers: [weightTensor(name, [32, 32])] })), int8);
    expect(outputs[0]!.sqnrDb).toBeGreaterThan(30);
  });

  it('imports the contrib operators only where they are needed', async () => {
    const path = modelFile(model({ initializers: [weightTensor('w', [32, 32])] }, { opsets: { '': 11 }, irVersion: 6 }));
    const { output } = await quantizeAll(path, { bits: 4, granularity: 'channel' });
    const written = decode(output);
    expect(written.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([['', 11], ['com.microsoft', 1]]);
    expect(Number(written.irVersion)).toBe(10);
    expect(dequantizedWeights(output)[0]!.domain).toBe('com.microsoft');
    const newer = await quantizeAll(modelFile(model({ initializers: [weightTensor('w', [32, 32])] })), int8);
    expect(decode(newer.output).opsetImport).toHaveLength(1);
    expect(Number(decode(newer.output).irVersion)).toBe(8);
  });
});

describe('weights in every place', () => {
  const values = weightValues(1024);
  const raw = new Uint8Array(values.buffer);

  it.each([
    ['an initializer', model({ initializers: [floatTensor('w', [32, 32], values)] })],
    ['float_data', model({ initializers: [typedTensor('w', 'float', [32, 32], { floatData: Array.from(values) })] })],
    ['a Constant node', model({ nodes: [constant('w', floatTensor('', [32, 32], values)), matmul()] })],
    ['a Constant node at operator set 11', model({ nodes: [constant('w', floatTensor('', [32, 32], values)), matmul()] }, { opsets: { '': 11 }, irVersion: 6 })],
    ['a chain of Identity', model({ nodes: [node('Identity', ['c'], ['b']), node('Identity', ['b'], ['w']), matmul()], initializers: [floatTensor('c', [32, 32], values)] })],
    ['a graph input of IR version 3', model({ initializers: [floatTensor('w', [32, 32], values)], inputs: [x, valueInfo('w', 'float', [32, 32])] }, { opsets: { '': 9 }, irVersion: 3 })],
    ['a Transpose', model({ nodes: [node('Transpose', ['t'], ['w']), matmul()], initializers: [floatTensor('t', [32, 32], values)] })],
    ['an output of the graph', model({ initializers: [floatTensor('w', [32, 32], values)], outputs: [y, valueInfo('w', 'float', [32, 32])] })],
  ])('%s', async (_, bytes) => {
    const { outputs, layers, notRun } = await quantizeAll(modelFile(bytes), int8);
    expect(notRun).toBe('');
    expect(outputs[0]!.sqnrDb).toBeGreaterThan(30);
    expect(outputs[0]!.sqnrDb).toBeLessThan(60);
    expect(layers[0]!.weights[0]).toMatchObject({ format: 'int8', skipped: '' });
  });

  it('a branch of an If, where the names of the outer graph are known too', async () => {
    const branch = (name: string, seed: number): onnx.IGraphProto => graph({ name, nodes: [node('MatMul', ['x', 'inner'], [`${name}_y`], { name: `${name}_layer` })], initializers: [weightTensor('inner', [32, 32], 'float', seed)], outputs: [valueInfo(`${name}_y`, 'float', [1, 32])] });
    const nodes = [
      node('ReduceMean', ['x'], ['sum'], { attributes: { keepdims: int(0) } }),
      node('Greater', ['sum', 'zero'], ['positive']),
      node('If', ['positive'], ['y'], { attributes: { then_branch: graphAttribute(branch('then', 1)), else_branch: graphAttribute(branch('else', 2)) } }),
    ];
    const { outputs, layers, output } = await quantizeAll(modelFile(model({ nodes, initializers: [floatTensor('zero', [], [0])] })), int8);
    expect(outputs[0]!.sqnrDb).toBeGreaterThan(30);
    expect(layers.flatMap(({ weights }) => weights.map(({ format }) => format))).toEqual(['int8', 'int8']);
    const names = decode(output).graph!.node!.at(-1)!.attribute!.flatMap(({ g }) => g!.initializer!.map(({ name }) => name));
    expect(new Set(names).size).toBe(4);
  });

  it.each([17, 11])('a Constant inside a function that imports operator set %i of its own', async (opset) => {
    const definition = { name: 'Block', domain: 'mine', inputs: ['a'], outputs: ['b'], opsets: { '': opset }, nodes: [constant('w', floatTensor('', [32, 32], values)), node('MatMul', ['a', 'w'], ['b'])] };
    const bytes = model({ nodes: [node('Block', ['x'], ['h'], { domain: 'mine' }), node('Block', ['h'], ['y'], { domain: 'mine' })] }, { functions: [definition], opsets: { '': opset, mine: 1 }, irVersion: 8 });
    const { outputs, notRun, layers } = await quantizeAll(modelFile(bytes), int8);
    expect(notRun).toBe('');
    expect(outputs[0]!.sqnrDb).toBeGreaterThan(30);
    expect(layers.map(({ weights }) => weights[0]!.bytes.before)).toEqual([4096, 0]);
  });

  it('weights that several layers share stay shared', async () => {
    const nodes = [node('Identity', ['w'], ['alias']), node('MatMul', ['x', 'w'], ['h'], { name: 'first' }), node('MatMul', ['h', 'alias'], ['y'], { name: 'second' })];
    const { output, layers, weightBytes } = await quantizeAll(modelFile(model({ nodes, initializers: [floatTensor('w', [32, 32], values)] })), int8);
    expect(decode(output).graph!.initializer).toHaveLength(2);
    expect(weightBytes).toEqual({ before: 4096, after: 1152 });
    expect(layers.map(({ weights }) => weights[0]!.bytes)).toEqual([{ before: 4096, after: 1152 }, { before: 0, after: 0 }]);
  });

  it('float16 storage is brought back by a Cast', async () => {
    const { output, outputs, weightBytes } = await quantizeAll(modelFile(model({ initializers: [floatTensor('w', [32, 32], values)] })), 'float16');
    expect(decode(output).graph!.node!.map(({ opType }) => opType)).toEqual(['Cast', 'MatMul']);
    expect(weightBytes.after).toBe(2048);
    expect(outputs[0]!.sqnrDb).toBeGreaterThan(60);
  });

  it('an initializer that callers could replace is no input any more, and the result says so', async () => {
    const { output, notes } = await quantizeAll(modelFile(model({ initializers: [rawTensor('w', 'float', [32, 32], raw)], inputs: [x, valueInfo('w', 'float', [32, 32])] })), int8);
    expect(decode(output).graph!.input!.map(({ name }) => name)).toEqual(['x']);
    expect(notes).toEqual([expect.stringContaining('"w"')]);
  });
});

describe('weights that stay as they are, with the reason', () => {
  it.each([
    ['NaN', floatTensor('w', [32, 32], weightValues(1024).fill(NaN, 5, 6)), int8, 'not finite'],
    ['an infinity', floatTensor('w', [32, 32], weightValues(1024).fill(-Infinity, 5, 6)), int8, 'not finite'],
    ['doubles', weightTensor('w', [32, 32], 'double'), int8, 'double'],
    ['bfloat16', weightTensor('w', [32, 32], 'bfloat16'), int8, 'bfloat16'],
    ['float16 that would not get smaller', rawTensor('w', 'float16', [32, 32], new Uint8Array(Uint16Array.from(weightValues(1024), numberToHalf).buffer)), 'float16' as const, '2048 bytes'],
  ])('%s', async (_, tensor, weights, reason) => {
    const path = modelFile(model({ nodes: [node('Neg', ['w'], ['n']), node('MatMul', ['x', 'w'], ['y'], { name: 'layer' })], initializers: [tensor] }));
    const { output, notes, layers } = await quantizeAll(path, weights, { run: 'no' });
    expect(notes).toEqual([expect.stringMatching(/^layer: "w" stays as it is: /)]);
    expect(notes[0]).toContain(reason);
    expect(layers[0]!.weights[0]!.skipped).toContain(reason);
    expect(layers[0]!.weights[0]).toMatchObject({ format: 'float', maxError: 0 });
    expect(readFileSync(output).equals(readFileSync(path))).toBe(true);
  });

  it('one tensor with NaN does not keep the others from being quantized', async () => {
    const nodes = [node('MatMul', ['x', 'bad'], ['h'], { name: 'bad' }), node('MatMul', ['x', 'w'], ['y'], { name: 'good' })];
    const path = modelFile(model({ nodes, initializers: [floatTensor('bad', [32, 32], weightValues(1024).fill(NaN, 0, 1)), weightTensor('w', [32, 32])] }));
    const { layers, outputs } = await quantizeAll(path, int8);
    expect(layers.map(({ weights }) => weights[0]!.format)).toEqual(['float', 'int8']);
    expect(outputs[0]!.sqnrDb).toBeGreaterThan(30);
  });

  it('a tensor whose channels a Reshape mixes, unless it gets one scale', async () => {
    const nodes = [node('Reshape', ['w', 'shape'], ['m']), node('MatMul', ['x', 'm'], ['y'], { name: 'layer' })];
    const path = modelFile(model({ nodes, initializers: [weightTensor('w', [64, 16]), int64Tensor('shape', [2], [32, 32])] }));
    expect((await quantizeAll(path, int8, { run: 'no' })).notes).toEqual([expect.stringContaining('mixes its channels')]);
    const { notes, outputs } = await quantizeAll(path, { bits: 8, granularity: 'tensor' });
    expect(notes).toEqual([]);
    expect(outputs[0]!.sqnrDb).toBeGreaterThan(30);
  });

  it('a tensor whose scales would outweigh what is saved', async () => {
    const nodes = [node('Conv', ['x', 'w'], ['y'], { name: 'depthwise', attributes: { group: int(8) } })];
    const path = modelFile(buildModel({ opsets: { '': 21 }, graph: graph({ nodes, initializers: [weightTensor('w', [8, 1, 3, 3])], inputs: [valueInfo('x', 'float', [1, 8, 5, 5])], outputs: [valueInfo('y', 'float', null)] }) }));
    const { notes } = await quantizeAll(path, { bits: 4, granularity: { block: 32 } });
    expect(notes).toEqual([expect.stringContaining('bytes')]);
  });
});

describe('external data', () => {
  const values = weightValues(64 * 64);
  const bias = Float32Array.from({ length: 2048 }, (_, index) => index);

  /** Weights at an odd place of one file, other values in another below the folder. */
  function external(): string {
    const folder = tempFolder();
    writeFileSync(join(folder, 'w.bin'), concatBytes([new Uint8Array(3), new Uint8Array(values.buffer)]));
    mkdirSync(join(folder, 'more'));
    writeFileSync(join(folder, 'more', 'b.bin'), new Uint8Array(bias.buffer));
    return modelFile(buildModel({ graph: graph({
      nodes: [node('MatMul', ['x', 'w'], ['h'], { name: 'layer' }), node('ReduceMean', ['b'], ['s'], { attributes: { keepdims: int(0) } }), node('Add', ['h', 's'], ['y'])],
      initializers: [externalTensor('w', 'float', [64, 64], { location: 'w.bin', offset: 3, length: 16384 }), externalTensor('b', 'float', [2048], { location: 'more/b.bin' })],
      inputs: [valueInfo('x', 'float', [1, 64])],
      outputs: [valueInfo('y', 'float', [1, 64])],
    }) }), folder);
  }

  it('goes to one new file beside the output, quantized or copied', async () => {
    const path = external();
    const result = await quantizeAll(path, int8);
    expect(result.externalData).toBe(`${result.output}.data`);
    expect(result.notRun).toBe('');
    expect(result.outputs[0]!.sqnrDb).toBeGreaterThan(30);
    expect(readdirSync(dirname(path)).sort()).toEqual(['model.onnx', 'more', 'out.onnx', 'out.onnx.data', 'w.bin']);
    expect(result.bytes.before).toBe(readFileSync(path).length + 16387 + 8192);
    expect(result.bytes.after).toBe(readFileSync(result.output).length + readFileSync(`${result.output}.data`).length);
    const placed = decode(result.output).graph!.initializer!.find(({ name }) => name === 'b')!;
    const offset = Number(placed.externalData!.find(({ key }) => key === 'offset')!.value);
    const data = readFileSync(`${result.output}.data`);
    expect(data.subarray(offset, offset + 8192).equals(new Uint8Array(bias.buffer))).toBe(true);
  });

  it('is left where it is by a copy in the same folder, and copied along to another', async () => {
    const path = external();
    const same = await quantizeAll(path, 'float');
    expect(same.externalData).toBeNull();
    expect(readFileSync(same.output).equals(readFileSync(path))).toBe(true);

    const other = tempFolder();
    mkdirSync(join(other, 'more'));
    const copy = await quantizeAll(path, 'float', { output: join(other, 'copy.onnx') });
    expect(readFileSync(copy.output).equals(readFileSync(path))).toBe(true);
    expect(readFileSync(join(other, 'w.bin')).equals(readFileSync(join(path, '..', 'w.bin')))).toBe(true);
    expect(readFileSync(join(other, 'more', 'b.bin')).equals(new Uint8Array(bias.buffer))).toBe(true);
    expect(await caught(() => quantizeAll(path, 'float', { output: join(other, 'copy.onnx') }))).toMatchObject({ reason: 'not-writable' });
  });

  it.each([
    ['missing', { location: 'none.bin', length: 16384 }, 'external-data'],
    ['short', { location: 'w.bin', offset: 4, length: 16384 }, 'external-data'],
  ])('that is %s is named, and nothing is written', async (_, place, reason) => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'w.bin'), new Uint8Array(100));
    const parts = { nodes: [matmul()], initializers: [externalTensor('w', 'float', [64, 64], place)], inputs: [valueInfo('x', 'float', [1, 64])], outputs: [valueInfo('y', 'float', null)] };
    const error = await caught(() => quantizeAll(modelFile(buildModel({ graph: graph(parts) }), folder), int8));
    expect(error).toMatchObject({ reason, subject: { tensor: 'w' } });
    expect(error.message).toContain(place.location);
    expect(readdirSync(folder).sort()).toEqual(['model.onnx', 'w.bin']);
  });
});

describe('when something goes wrong', () => {
  const bytes = model({ initializers: [weightTensor('w', [32, 32])] });
  const before = (path: string): readonly string[] => readdirSync(dirname(path)).sort();

  it.each([
    ['the disk is full', 'ENOSPC', 'disk-full'],
    ['the folder is read-only', 'EROFS', 'not-writable'],
  ])('%s: an older result stays as it was', async (_, code, reason) => {
    const path = modelFile(bytes);
    writeFileSync(join(path, '..', 'out.onnx'), 'older');
    const failing: OutputFs = code === 'EROFS'
      ? { ...nodeOutputFs, makeFolder: () => Promise.reject(systemError(code)) }
      : { ...nodeOutputFs, create: async (at, size) => ({ ...(await nodeOutputFs.create(at, size)), write: () => Promise.reject(systemError(code)) }) };
    expect(await caught(() => quantizeAll(path, int8, {}, { fs: failing }))).toMatchObject({ reason });
    expect(before(path)).toEqual(['model.onnx', 'out.onnx']);
    expect(readFileSync(join(path, '..', 'out.onnx'), 'utf8')).toBe('older');
  });

  it('a worker that cannot write is told apart from one that cannot quantize', async () => {
    const path = modelFile(bytes);
    const full: WeightPort = { ...plainWeights, quantize: () => Promise.reject(systemError('ENOSPC')) };
    expect(await caught(() => quantizeAll(path, int8, {}, { weights: full }))).toMatchObject({ reason: 'disk-full' });
    expect(before(path)).toEqual(['model.onnx']);
  });

  it.each([
    ['cannot be read back', { fs: { ...nodeOutputFs, create: async (at: string, size: number) => {
      const handle = await nodeOutputFs.create(at, size);
      return { ...handle, close: async () => { await handle.close(); truncateSync(at, 50); } };
    } } }],
    ['does not run', { runner: { ...directRunner, evaluate: () => Promise.reject(new NibbleError('verification', 'It does not run.')) } }],
  ])('a result that %s is removed', async (_, ports) => {
    const path = modelFile(bytes);
    writeFileSync(join(path, '..', 'out.onnx'), 'older');
    expect(await caught(() => quantizeAll(path, int8, {}, ports))).toMatchObject({ reason: 'verification' });
    expect(readFileSync(join(path, '..', 'out.onnx'), 'utf8')).toBe('older');
    expect(before(path)).toEqual(['model.onnx', 'out.onnx']);
  });

  it('the model changes while it is quantized', async () => {
    const path = modelFile(bytes);
    const touching: WeightPort = { ...plainWeights, quantize: (...args) => {
      utimesSync(path, new Date(), new Date(Date.now() + 5000));
      return plainWeights.quantize(...args);
    } };
    expect(await caught(() => quantizeAll(path, int8, {}, { weights: touching }))).toMatchObject({ reason: 'changed' });
    expect(before(path)).toEqual(['model.onnx']);
  });

  it('the output is the model itself', async () => {
    const path = modelFile(bytes);
    expect(await caught(() => quantizeAll(path, int8, { output: path }))).toMatchObject({ reason: 'invalid-argument' });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it.each(['Quantizing weights', 'Checking the written file', 'Running both models'])('cancelled while %s: nothing is left, within 200 ms', TIMED, async (step) => {
    const path = modelFile(bytes);
    const controller = new AbortController();
    const slow: WeightPort = { ...plainWeights, quantize: (task, scheme, to, options) => (step === 'Quantizing weights'
      ? new Promise((_, reject) => { options!.signal!.addEventListener('abort', () => { reject(options!.signal!.reason as Error); }); })
      : plainWeights.quantize(task, scheme, to, options)) };
    let cancelledAt = 0;
    const request = { path, plan: { version: 1 as const, default: { weights: int8 } }, output: join(path, '..', 'out.onnx'), samples: null, run: 'yes' as const };
    const running = caught(() => quantizeModel(request, { ...testPorts, weights: slow }, (progress) => {
      if (progress.step !== step || cancelledAt > 0) return;
      cancelledAt = performance.now();
      controller.abort();
    }, controller.signal));
    expect(await running).toMatchObject({ reason: 'cancelled' });
    expect(performance.now() - cancelledAt).toBeLessThan(200);
    expect(before(path)).toEqual(['model.onnx']);
  });

  it('is not started when it is cancelled already', async () => {
    const path = modelFile(bytes);
    expect(await caught(() => quantizeModel({ path, plan: { version: 1 }, output: join(path, '..', 'out.onnx'), samples: null, run: 'no' }, testPorts, () => undefined, AbortSignal.abort()))).toMatchObject({ reason: 'cancelled' });
  });
});

describe('running both models', () => {
  it('is left out when told so, and says so', async () => {
    const { notRun, outputs } = await quantizeAll(modelFile(model({ initializers: [weightTensor('w', [32, 32])] })), int8, { run: 'no' });
    expect(notRun).not.toBe('');
    expect(outputs).toEqual([]);
  });

  it('is not a failure when the original itself does not run', async () => {
    const nodes = [node('MatMul', ['x', 'w'], ['h']), node('NoSuchOperator', ['h'], ['y'])];
    const { notRun, weightBytes } = await quantizeAll(modelFile(model({ nodes, initializers: [weightTensor('w', [32, 32])] })), int8);
    expect(notRun).toContain('NoSuchOperator');
    expect(weightBytes.after).toBe(1152);
  });

  it('reports progress in bytes, then in runs', async () => {
    const path = modelFile(model({ nodes: [matmul(), node('LeakyRelu', ['y'], ['z'], { attributes: { alpha: float(0.1) } })], initializers: [weightTensor('w', [32, 32]), int64Tensor('unused', [300], new Array<number>(300).fill(3))] }));
    const steps = new Map<string, { done: number; total: number; unit: string }>();
    await quantizeModel({ path, plan: { version: 1 }, output: join(path, '..', 'out.onnx'), samples: null, run: 'yes' }, testPorts, ({ step, ...rest }) => steps.set(step, rest), new AbortController().signal);
    expect([...steps.keys()]).toEqual(['Quantizing weights', 'Checking the written file', 'Running both models']);
    expect(steps.get('Quantizing weights')!.unit).toBe('bytes');
    expect(steps.get('Running both models')).toEqual({ done: 4, total: 4, unit: 'runs' });
  });
});
