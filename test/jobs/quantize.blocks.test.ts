import { readFileSync } from 'node:fs';
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { Decider } from '../../src/jobs/decisions';
import { ModelFile } from '../../src/jobs/modelFile';
import { randomSamples } from '../../src/jobs/samples/random';
import { layoutOf } from '../../src/quant/layout';
import type { ScaleType } from '../../src/quant/parameters';
import { throughFloat16 } from '../../src/quant/reference';
import type { IntegerScheme, WeightBits } from '../../src/quant/scheme';
import { DEFAULT_TARGET } from '../../src/targets/targets';
import { nativeRuntime } from '../../src/runtime/native';
import type { TensorValue } from '../../src/runtime/tensorValue';
import { approximate, referenceParameters } from '../quant/reference';
import { halfToNumber } from '../support/float16';
import { buildModel, constant, floatTensor, graph, graphAttribute, int, node, rawTensor, valueInfo } from '../support/onnxBuilder';
import type { GraphParts, ModelParts } from '../support/onnxBuilder';
import { modelFile, quantizeAll } from '../support/quantizing';
import { unraisable } from '../support/unraisable';
import { OPERATORS, operatorModel, weightTensor, weightValues } from '../support/weightedModels';
import type { OperatorCase } from '../support/weightedModels';

/*
 * Blocks below operator set 21, where no DequantizeLinear takes them, in models whose operator set cannot be raised: onnxruntime gets every weight back bit for bit as
 * it is simulated here, unoptimized and optimized, whether blocks fill their axis or not.
 */

const OPSETS = [7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
const FORMATS = ([4, 8, 16] as const).flatMap((bits: WeightBits) => [{ bits, signed: true, symmetric: true }, { bits, signed: true, symmetric: false }, { bits, signed: false, symmetric: true }, { bits, signed: false, symmetric: false }]);
type Format = (typeof FORMATS)[number];

/** Axis along which each operator's blocks run, in the shapes of `OPERATORS`. */
const BLOCK_AXES: Readonly<Record<string, number>> = { Conv: 1, ConvTranspose: 0, MatMul: 0, Gemm: 1, Gather: 1, LSTM: 2 };
const MATMUL = OPERATORS.find(({ op }) => op === 'MatMul')!;
/** Of 20 and 40 rows a block of 16 leaves some, a block of 20 none. */
const BLOCKS = [16, 20];

function simulated(dims: readonly number[], blockAxis: number, block: number, format: Format, type: ScaleType = 'float'): Float32Array {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const values = type === 'float16' ? throughFloat16(weightValues(count)) : weightValues(count);
  const scheme: IntegerScheme = { kind: 'integer', ...format, granularity: { block }, range: 'minmax' };
  const layout = layoutOf({ dims, channelAxis: 0, blockAxis }, scheme.granularity);
  return approximate(values, layout, referenceParameters(values, layout, scheme, 'minmax', type), scheme, type);
}

async function run(path: string, feeds: ReadonlyMap<string, TensorValue>, optimization: 'none' | 'all'): Promise<ReadonlyMap<string, TensorValue>> {
  const session = await (await nativeRuntime()).load(path, { threads: 1, optimization, externalFiles: [] });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

function numbersOf({ data, dataType }: TensorValue): readonly number[] {
  return Array.from(data as Float32Array, (value) => (dataType === 'float16' ? halfToNumber(value) : value));
}

/** Quantizes a model that gives its weight out as `w`, and runs it. */
async function expectWeights(operator: OperatorCase, opset: number, block: number, format: Format, type: 'float' | 'float16' = 'float'): Promise<void> {
  const parts = operatorModel(operator, opset, type);
  const old = unraisable(opset);
  const path = modelFile(buildModel({ ...parts, graph: {
    ...parts.graph,
    node: [...parts.graph.node!, ...old.nodes],
    initializer: [...parts.graph.initializer!, ...old.initializers],
    output: [...parts.graph.output!, valueInfo('w', type, operator.dims)],
  } }));
  const { output, notes, layers } = await quantizeAll(path, { ...format, granularity: { block } }, { run: 'no' });
  expect(notes).toEqual([]);
  const written = onnx.ModelProto.decode(readFileSync(output)).graph!.initializer!.filter(({ name }) => name!.startsWith('w_'));
  expect(layers[0]!.weights[0]!.bytes.after).toBe(written.reduce((sum, { rawData }) => sum + rawData!.length, 0));
  const feeds = [...randomSamples([{ name: 'x', dataType: operator.inputType ?? type, shape: operator.input }]).read()][0]!.feeds;
  const expected = [...simulated(operator.dims, BLOCK_AXES[operator.op]!, block, format, type)];
  for (const optimization of ['none', 'all'] as const) {
    const outputs = await run(output, feeds, optimization);
    expect(outputs.get('w')!.dims).toEqual(operator.dims);
    expect(numbersOf(outputs.get('w')!)).toEqual(expected);
    expect(outputs.get('y')!.data.length).toBeGreaterThan(0);
  }
}

describe.each(OPSETS)('operator set %i', (opset) => {
  // Gemm needs its third input before operator set 11, and ConvTranspose and LSTM say nothing that Conv and MatMul do not.
  const operators = opset < 11 ? OPERATORS.filter(({ op }) => op !== 'Gemm') : OPERATORS;

  it.each(operators)('$op', async (operator) => {
    for (const block of BLOCKS) {
      for (const format of FORMATS) await expectWeights(operator, opset, block, format);
    }
  });

  it('float16 weights', async () => {
    for (const block of BLOCKS) {
      for (const format of FORMATS.filter(({ bits }) => bits < 16)) await expectWeights(MATMUL, opset, block, format, 'float16');
    }
  });
});

describe('weights in every place', () => {
  const int4 = { bits: 4, symmetric: false, granularity: { block: 16 } } as const;
  const w = (name = ''): onnx.ITensorProto => floatTensor(name, [32, 32], weightValues(1024));
  const x = valueInfo('x', 'float', [1, 32]);
  const y = valueInfo('y', 'float', [1, 32]);
  const matmul = node('MatMul', ['x', 'w'], ['y'], { name: 'layer' });
  /** A model that keeps its operator set. */
  const model = (opset: number, irVersion: number, parts: GraphParts, rest: Omit<ModelParts, 'graph'> = {}): Uint8Array => {
    const old = unraisable(opset);
    return buildModel({ opsets: { '': opset }, irVersion, ...rest, graph: graph({ inputs: [x], outputs: [y], ...parts, nodes: [...parts.nodes!, ...old.nodes], initializers: [...(parts.initializers ?? []), ...old.initializers] }) });
  };
  const branch = (name: string): onnx.IGraphProto => graph({ name, nodes: [node('MatMul', ['x', 'inner'], [`${name}_y`], { name })], initializers: [weightTensor('inner', [32, 32])], outputs: [valueInfo(`${name}_y`, 'float', [1, 32])] });

  it.each([
    ['a Constant node', model(11, 6, { nodes: [constant('w', w()), matmul] })],
    ['a graph input of IR version 3', model(9, 3, { nodes: [matmul], initializers: [w('w')], inputs: [x, valueInfo('w', 'float', [32, 32])] })],
    ['a Transpose', model(13, 7, { nodes: [node('Transpose', ['t'], ['w']), matmul], initializers: [w('t')] })],
    ['branches of an If', model(13, 7, {
      nodes: [node('If', ['cond'], ['y'], { attributes: { then_branch: graphAttribute(branch('then')), else_branch: graphAttribute(branch('else')) } })],
      initializers: [rawTensor('cond', 'bool', [], Uint8Array.of(1))],
    })],
    ['two layers', model(11, 6, { nodes: [node('MatMul', ['x', 'w'], ['h'], { name: 'first' }), node('MatMul', ['h', 'w'], ['y'], { name: 'second' })], initializers: [w('w')] })],
  ])('%s', async (_, bytes) => {
    const path = modelFile(bytes);
    const { outputs, layers, notRun, notes, output } = await quantizeAll(path, int4);
    expect(notRun).toBe('');
    expect(notes.filter((note) => note.includes('stays as it is'))).toEqual([]);
    expect(layers.map(({ weights }) => weights[0]!.format).every((format) => format === 'uint4')).toBe(true);
    // Codes, scales, zero points, the scale 1 and the shape.
    expect(layers[0]!.weights[0]!.bytes).toEqual({ before: 4096, after: 512 + 256 + 32 + 4 + 16 });
    expect(outputs[0]!.sqnrDb).toBeGreaterThan(15);
    expect(outputs[0]!.sqnrDb).toBeLessThan(40);
    expect(readFileSync(output).length).toBeLessThan(bytes.length);
  });

  it('a function, by its own operator set; 4-bit codes find no place in an old one', async () => {
    const body = { name: 'Block', domain: 'mine', inputs: ['a'], outputs: ['b'], opsets: { '': 17 }, nodes: [constant('w', w()), node('MatMul', ['a', 'w'], ['b'])] };
    const path = modelFile(model(17, 8, { nodes: [node('Block', ['x'], ['y'], { domain: 'mine' })] }, { opsets: { '': 17, mine: 1 }, functions: [body] }));
    const int8 = await quantizeAll(path, { bits: 8, symmetric: false, granularity: { block: 16 } });
    expect(int8.notRun).toBe('');
    expect(int8.layers[0]!.weights[0]!.bytes.after).toBe(1024 + 256 + 64 + 4 + 16);
    expect(int8.outputs[0]!.sqnrDb).toBeGreaterThan(35);
    const refused = await quantizeAll(path, int4);
    expect(refused.notes).toEqual([expect.stringContaining('4-bit codes in a function need operator set 21, and "Block" has 17, which cannot be raised: GridSample')]);
  });

  it('a function that is raised with its model, for 4-bit codes', async () => {
    const body = { name: 'Block', domain: 'mine', inputs: ['a'], outputs: ['b'], opsets: { '': 17 }, nodes: [constant('w', w()), node('MatMul', ['a', 'w'], ['b'])] };
    const path = modelFile(buildModel({ opsets: { '': 17, mine: 1 }, irVersion: 8, functions: [body], graph: graph({ nodes: [node('Block', ['x'], ['y'], { domain: 'mine' })], inputs: [x], outputs: [y] }) }));
    const { notRun, layers } = await quantizeAll(path, { bits: 4, granularity: 'channel' });
    expect(notRun).toBe('');
    expect(layers[0]!.weights[0]!.format).toBe('int4');
  });

  it('take what was foreseen', async () => {
    const path = modelFile(model(11, 6, { nodes: [matmul], initializers: [w('w')] }));
    const scheme: IntegerScheme = { kind: 'integer', bits: 4, signed: false, symmetric: false, granularity: { block: 24 }, range: 'minmax' };
    const file = ModelFile.open(path);
    const decision = new Decider(file).decide([...file.weights.values()][0]!, scheme, DEFAULT_TARGET);
    file.close();
    const { layers } = await quantizeAll(path, { ...int4, granularity: { block: 24 } });
    // Codes, scales, zero points, the scale 1 and the block of each row.
    expect(decision).toMatchObject({ kind: 'convert', way: { form: 'product' }, bytes: 512 + 256 + 32 + 4 + 128 });
    expect(layers[0]!.weights[0]!.bytes.after).toBe(512 + 256 + 32 + 4 + 128);
  });

  it('are one product for the layers that share them', async () => {
    const nodes = [node('MatMul', ['x', 'w'], ['h'], { name: 'first' }), node('MatMul', ['h', 'w'], ['y'], { name: 'second' })];
    const path = modelFile(model(12, 7, { nodes, initializers: [w('w')] }));
    const { output } = await quantizeAll(path, { bits: 4, granularity: { block: 16 } });
    expect(onnx.ModelProto.decode(readFileSync(output)).graph!.node!.map(({ opType }) => opType)).toEqual(['DequantizeLinear', 'Mul', 'Reshape', 'MatMul', 'MatMul', 'RoiAlign']);
  });

  it('need more than they save where blocks hold one value', async () => {
    const nodes = [node('Conv', ['x', 'w'], ['y'], { attributes: { group: int(8) } })];
    const path = modelFile(model(11, 6, { nodes, initializers: [weightTensor('w', [8, 1, 3, 3])], inputs: [valueInfo('x', 'float', [1, 8, 5, 5])], outputs: [valueInfo('y', 'float', null)] }));
    const { notes } = await quantizeAll(path, { bits: 4, granularity: { block: 32 } }, { run: 'no' });
    expect(notes).toEqual([expect.stringContaining('bytes')]);
  });
});
