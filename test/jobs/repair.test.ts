import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/audit/finding';
import { nodeOutputFs } from '../../src/jobs/files/outputFs';
import { ModelFile } from '../../src/jobs/modelFile';
import { repairModel } from '../../src/jobs/repair/repairModel';
import type { RepairResult } from '../../src/jobs/repair/repairModel';
import { loadBytes } from '../../src/onnx/tensorData';
import { qdqModel, quietCodes, withParts } from '../audit/support';
import type { QdqLayer } from '../audit/support';
import { caught } from '../support/caught';
import { buildModel, constant, externalTensor, graph, node, valueInfo } from '../support/onnxBuilder';
import type { ModelParts } from '../support/onnxBuilder';
import { modelFile } from '../support/quantizing';
import { tempFolder } from '../support/tempFolder';
import { weightTensor, weightValues } from '../support/weightedModels';

/*
 * Each repair, on the smallest model that needs it: the copy has the finding no longer, loads in onnxruntime, and computes what
 * the model was meant to.
 */

const repair = (path: string, output = join(path, '..', 'repaired.onnx'), fs = nodeOutputFs, signal = new AbortController().signal): Promise<RepairResult> => repairModel({ path, output }, fs, () => undefined, signal);
const rules = (found: readonly Finding[]): readonly string[] => found.map(({ rule }) => rule);

async function run(path: string, dims: readonly number[], level: 'disabled' | 'all' = 'disabled'): Promise<readonly number[]> {
  const session = await InferenceSession.create(path, { graphOptimizationLevel: level, intraOpNumThreads: 1, logSeverityLevel: 4 });
  const count = dims.reduce((product, dim) => product * dim, 1);
  const outputs = await session.run({ x: new Tensor('float32', Float32Array.from({ length: count }, (_, index) => Math.sin(index * 7.1) * 2), dims) });
  await session.release();
  return [...(Object.values(outputs)[0]!.data as Float32Array)];
}

const SCALE = [0.01, 0.02, 0.03, 0.04];
const IMAGE = [1, 4, 6, 6];

describe('an axis', () => {
  const codes = Array.from({ length: 144 }, (_, index) => (index % 36 === 0 ? 127 : (index % 36) - 18));
  const layer = (axis: number): QdqLayer => ({ weight: { type: 'int8', scale: SCALE, axis, codes } });

  it('becomes the one that the codes were made for', async () => {
    const path = modelFile(buildModel(qdqModel(layer(1))));
    const result = await repair(path);
    expect(rules(result.repaired)).toEqual(['channel-axis']);
    expect(rules(result.left)).not.toContain('channel-axis');
    const right = modelFile(buildModel(qdqModel(layer(0))));
    for (const level of ['disabled', 'all'] as const) expect(await run(result.output, IMAGE, level)).toEqual(await run(right, IMAGE, level));
    expect(await run(path, IMAGE)).not.toEqual(await run(right, IMAGE));
  });

  it('is set where the file leaves it out', async () => {
    const wide: QdqLayer = { dims: [8, 4, 3, 3], weight: { type: 'int8', scale: Array.from({ length: 8 }, (_, index) => 0.01 * (index + 1)) } };
    const path = modelFile(buildModel(qdqModel(wide)));
    await expect(run(path, IMAGE)).rejects.toThrow();
    const { output } = await repair(path);
    expect(await run(output, IMAGE)).toEqual(await run(modelFile(buildModel(qdqModel({ ...wide, weight: { ...wide.weight!, axis: 0 } }))), IMAGE));
  });
});

it.each([
  { what: 'scales of channels', layer: { opset: 12, weight: { type: 'int8', scale: SCALE, axis: 0 }, bias: { scale: SCALE.map((scale) => Math.fround(Math.fround(scale) * Math.fround(0.02))) } } },
  { what: '16-bit codes', layer: { opset: 17, activation: { type: 'uint16', scale: 0.001, zeroPoint: 7 }, output: { type: 'uint16', scale: 0.001, zeroPoint: 7 } } },
] as const)('$what in an older operator set become those of com.microsoft', async ({ layer }) => {
  const path = modelFile(buildModel(qdqModel(layer)));
  await expect(run(path, IMAGE)).rejects.toThrow();
  const result = await repair(path);
  expect(new Set(rules(result.repaired))).toEqual(new Set(['operator-set']));
  expect(await run(result.output, IMAGE)).toEqual(await run(modelFile(buildModel(qdqModel({ ...layer, opset: 21 }))), IMAGE));
});

it('−128 becomes −127, and nothing else changes', async () => {
  const codes = quietCodes(144).map((code, index) => (index % 36 === 0 ? -127 : code));
  const model = (first: number): string => modelFile(buildModel(qdqModel({ weight: { type: 'int8', scale: SCALE, axis: 0, codes: [...codes.slice(0, 36), first, ...codes.slice(37)] } })));
  const { output, repaired } = await repair(model(-128));
  expect(rules(repaired)).toEqual(['lowest-code']);
  expect(await run(output, IMAGE)).toEqual(await run(model(-127), IMAGE));
});

describe('copies of weights', () => {
  const two = (first: ReturnType<typeof weightTensor>, second: ReturnType<typeof weightTensor>): ModelParts => ({
    graph: graph({ nodes: [node('MatMul', ['x', 'a'], ['h']), node('MatMul', ['h', 'b'], ['i']), node('Add', ['i', 'b'], ['y'])], initializers: [first, second], inputs: [valueInfo('x', 'float', [32, 32])], outputs: [valueInfo('y', 'float', null)] }),
  });

  it('become one', async () => {
    const path = modelFile(buildModel(two(weightTensor('a', [32, 32]), weightTensor('b', [32, 32]))));
    const { output, left } = await repair(path);
    expect(left).toEqual([]);
    expect(readFileSync(output).length).toBeLessThan(readFileSync(path).length - 4000);
    expect(await run(output, [32, 32])).toEqual(await run(path, [32, 32]));
  });

  it('become one in Constant nodes', async () => {
    const path = modelFile(buildModel({ graph: graph({ nodes: [constant('a', weightTensor('', [32, 32])), constant('b', weightTensor('', [32, 32])), node('MatMul', ['x', 'a'], ['h']), node('MatMul', ['h', 'b'], ['y'])], inputs: [valueInfo('x', 'float', [32, 32])], outputs: [valueInfo('y', 'float', null)] }) }));
    const { output } = await repair(path);
    expect(await run(output, [32, 32])).toEqual(await run(path, [32, 32]));
  });

  it('stay where a caller may feed one of them', async () => {
    const parts = two(weightTensor('a', [32, 32]), weightTensor('b', [32, 32]));
    const path = modelFile(buildModel({ ...parts, graph: { ...parts.graph, input: [...parts.graph.input!, valueInfo('b', 'float', [32, 32])] } }));
    expect(await caught(() => repair(path))).toMatchObject({ reason: 'invalid-argument' });
  });

  it('become one where they lie in another file', async () => {
    const folder = tempFolder();
    const values = new Uint8Array(weightValues(1024).buffer);
    writeFileSync(join(folder, 'w.bin'), Buffer.concat([values, values]));
    const external = (name: string, offset: number) => externalTensor(name, 'float', [32, 32], { location: 'w.bin', offset, length: 4096 });
    const path = modelFile(buildModel(two(external('a', 0), external('b', 4096))), folder);
    const { output } = await repair(path);
    expect(await run(output, [32, 32])).toEqual(await run(path, [32, 32]));
    // In another folder the copy brings the data along.
    const elsewhere = tempFolder();
    const moved = await repair(path, join(elsewhere, 'r.onnx'));
    expect(readdirSync(elsewhere).sort()).toEqual(['r.onnx', 'w.bin']);
    expect(await run(moved.output, [32, 32])).toEqual(await run(path, [32, 32]));
  });
});

it('a node that nothing reads is removed', async () => {
  const path = modelFile(buildModel(withParts(qdqModel(), { nodes: [node('QuantizeLinear', ['t', 'x_scale', 'x_zero'], ['nowhere'], { name: 'dead' })] })));
  const { output, left } = await repair(path);
  expect(left).toEqual([]);
  expect(await run(output, IMAGE)).toEqual(await run(path, IMAGE));
});

it('writes −127 into a data file of its own where the codes were in one', async () => {
  const folder = tempFolder();
  const channels = 8;
  const codes = Int8Array.from({ length: channels * 1024 }, (_, index) => (index % 1024 > 0 ? (index % 100) - 50 : index === 0 ? -128 : -127));
  writeFileSync(join(folder, 'w.bin'), codes);
  const parts = qdqModel({ op: 'Gemm', dims: [1024, channels], input: [2, 1024], activation: null, output: null, weight: { type: 'int8', axis: 1, scale: Array<number>(channels).fill(0.01), codes: [...codes].map((_, index) => codes[(index % channels) * 1024 + Math.floor(index / channels)]!) } });
  const inline = parts.graph.initializer!.find(({ name }) => name === 'w_codes')!;
  writeFileSync(join(folder, 'w.bin'), inline.rawData!);
  parts.graph.initializer = parts.graph.initializer!.map((tensor) => (tensor === inline ? externalTensor('w_codes', 'int8', [1024, channels], { location: 'w.bin' }) : tensor));
  const path = modelFile(buildModel(parts), folder);
  const { output } = await repair(path);
  expect(readdirSync(folder).sort()).toEqual(['model.onnx', 'repaired.onnx', 'repaired.onnx.data', 'w.bin']);
  const copy = ModelFile.open(output);
  const tensor = copy.model.graph.initializers.find(({ name }) => name === 'w_codes')!;
  const written = new Int8Array(loadBytes(tensor, copy.files).buffer);
  copy.close();
  const before = new Int8Array(Uint8Array.from(inline.rawData!).buffer);
  expect(written).toEqual(before.map((code) => Math.max(code, -127)));
  expect(before).toContain(-128);
});

it('combines repairs of several kinds, and says what is left', async () => {
  const codes = quietCodes(144).map((code, index) => (index % 36 === 0 ? (index === 0 ? -128 : -127) : code));
  const parts = withParts(qdqModel({ opset: 12, weight: { type: 'int8', scale: SCALE, axis: 0, codes }, output: null }), { nodes: [node('QuantizeLinear', ['t', 'x_scale', 'x_zero'], ['nowhere'], { name: 'dead' })] });
  const path = modelFile(buildModel(parts));
  const before = readFileSync(path);
  const { repaired, left, output } = await repair(path);
  expect(rules(repaired)).toEqual(['operator-set', 'lowest-code', 'unpaired']);
  expect(left).toEqual([]);
  await run(output, IMAGE);
  expect(readFileSync(path).equals(before)).toBe(true);
});

it('writes nothing when there is nothing to repair, on cancel, and over the model itself', async () => {
  const fine = modelFile(buildModel(qdqModel()));
  expect(await caught(() => repair(fine))).toMatchObject({ reason: 'invalid-argument', message: expect.stringContaining('no finding that Nibble can repair') as string });
  const dead = modelFile(buildModel(withParts(qdqModel(), { nodes: [node('QuantizeLinear', ['t', 'x_scale', 'x_zero'], ['nowhere'])] })));
  expect(await caught(() => repair(dead, dead))).toMatchObject({ reason: 'invalid-argument' });
  expect(await caught(() => repair(dead, undefined, nodeOutputFs, AbortSignal.abort()))).toMatchObject({ reason: 'cancelled' });
  expect(existsSync(join(dead, '..', 'repaired.onnx'))).toBe(false);
  expect(readdirSync(join(dead, '..'))).toEqual(['model.onnx']);
});
