import { readFileSync } from 'node:fs';
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { buildModel, constant, float, floatTensor, graph, graphAttribute, int, int64Tensor, ints, node, text, valueInfo } from '../support/onnxBuilder';
import type { GraphParts, ModelParts } from '../support/onnxBuilder';
import { modelFile, quantizeAll } from '../support/quantizing';
import { weightTensor, weightValues } from '../support/weightedModels';

/** Blocks of 16-bit codes are nearly exact: whatever an output moves beyond that, raising the operator set did. */
const blocks = { bits: 16, granularity: { block: 32 } } as const;

/** `x` [2, 4, 32] through a MatMul to `h` [2, 4, 32], then through `tail`, which makes `y`. */
function model(tail: readonly onnx.INodeProto[], opset: number, parts: Partial<GraphParts> = {}, rest: Partial<ModelParts> = {}): string {
  return modelFile(buildModel({
    opsets: { '': opset },
    irVersion: 7,
    ...rest,
    graph: graph({
      nodes: [node('MatMul', ['x', 'w'], ['h'], { name: 'layer' }), ...tail],
      inputs: [valueInfo('x', 'float', [2, 4, 32])],
      outputs: [valueInfo('y', 'float', null)],
      ...parts,
      initializers: [weightTensor('w', [32, 32]), ...(parts.initializers ?? [])],
    }),
  }));
}

const axes = (...values: number[]) => ({ attributes: { axes: ints(...values), keepdims: int(0) } });

describe('blocks in a model of an older operator set', () => {
  it.each([
    { what: 'nothing but a Relu', opset: 11, tail: [node('Relu', ['h'], ['y'])] },
    { what: 'ReduceMean over given axes', opset: 17, tail: [node('ReduceMean', ['h'], ['y'], axes(-1, 0))] },
    { what: 'ReduceMax over all axes', opset: 13, tail: [node('ReduceMax', ['h'], ['y'], { attributes: { keepdims: int(1) } })] },
    { what: 'every other Reduce', opset: 11, tail: ['ReduceL1', 'ReduceL2', 'ReduceMin', 'ReduceSumSquare', 'ReduceSum'].map((op, index, all) => node(op, [index === 0 ? 'h' : `r${index - 1}`], [index === all.length - 1 ? 'y' : `r${index}`], { attributes: { axes: ints(index === 0 ? 1 : 0), keepdims: int(1) } })) },
    { what: 'Unsqueeze and Squeeze', opset: 11, tail: [node('Unsqueeze', ['h'], ['u'], { attributes: { axes: ints(0, 2) } }), node('Squeeze', ['u'], ['y'], { attributes: { axes: ints(0) } })] },
    { what: 'Squeeze without axes', opset: 12, tail: [node('Squeeze', ['h'], ['y'])] },
    { what: 'Split into given sizes', opset: 12, tail: [node('Split', ['h'], ['a', 'y'], { attributes: { axis: int(1), split: ints(1, 3) } })] },
    { what: 'Split into equal parts', opset: 15, tail: [node('Split', ['h'], ['a', 'y'], { attributes: { axis: int(1) } })] },
    { what: 'Softmax on the last axis', opset: 11, tail: [node('Softmax', ['h'], ['y'], { attributes: { axis: int(2) } })] },
    { what: 'LogSoftmax on axis −1', opset: 12, tail: [node('LogSoftmax', ['h'], ['y'], { attributes: { axis: int(-1) } })] },
    { what: 'Dropout with a ratio', opset: 11, tail: [node('Dropout', ['h'], ['y'], { attributes: { ratio: float(0.3) } })] },
    { what: 'BatchNormalization', opset: 11, tail: [node('Transpose', ['h'], ['t'], { attributes: { perm: ints(0, 2, 1) } }), node('BatchNormalization', ['t', 'b', 'b', 'b', 'b'], ['y'])], initializers: [floatTensor('b', [32], weightValues(32, 5).map(Math.abs))] },
    { what: 'Clip, Pad, Slice and Resize', opset: 11, tail: [node('Clip', ['h', 'low'], ['c']), node('Pad', ['c', 'pads'], ['p']), node('Slice', ['p', 'starts', 'ends'], ['s']), node('Resize', ['s', 'roi', 'scales'], ['y'], { attributes: { mode: text('nearest') } })], initializers: [floatTensor('low', [], [0]), int64Tensor('pads', [6], [0, 1, 0, 0, 0, 2]), int64Tensor('starts', [1], [0]), int64Tensor('ends', [1], [1]), floatTensor('scales', [3], [1, 2, 2]), floatTensor('roi', [0], [])] },
  ])('$what ($opset)', async ({ opset, tail, initializers }) => {
    const { outputs, notes, layers, output, notRun } = await quantizeAll(model(tail, opset, { initializers: initializers ?? [] }), blocks);
    expect(notRun).toBe('');
    expect(layers[0]!.weights[0]).toMatchObject({ format: 'int16', granularity: { block: 32 } });
    expect(notes).toEqual([expect.stringContaining(`from ${opset} to 21`)]);
    expect(outputs[0]!.sqnrDb).toBeGreaterThan(70);
    const written = onnx.ModelProto.decode(readFileSync(output));
    expect(written.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([['', 21]]);
    expect(Number(written.irVersion)).toBe(10);
  });

  it('inside branches and functions too', async () => {
    const branch = (name: string): onnx.IGraphProto => graph({ name, nodes: [node('ReduceMean', ['h'], [`${name}_y`], axes(1))], outputs: [valueInfo(`${name}_y`, 'float', null)] });
    const definition = { name: 'Norm', domain: 'mine', inputs: ['a'], outputs: ['b'], opsets: { '': 13 }, nodes: [constant('c', floatTensor('', [], [2])), node('Mul', ['a', 'c'], ['m']), node('ReduceMean', ['m'], ['b'], axes(0))] };
    const tail = [
      node('If', ['yes'], ['i'], { attributes: { then_branch: graphAttribute(branch('then')), else_branch: graphAttribute(branch('else')) } }),
      node('Norm', ['i'], ['y'], { domain: 'mine' }),
    ];
    const path = model(tail, 13, { initializers: [{ name: 'yes', dataType: 9, dims: [], rawData: Uint8Array.of(1) }] }, { functions: [definition], opsets: { '': 13, mine: 1 }, irVersion: 8 });
    const { outputs, notRun } = await quantizeAll(path, blocks);
    expect(notRun).toBe('');
    expect(outputs[0]!.sqnrDb).toBeGreaterThan(70);
  });

  it('2 bits, which came with operator set 25', async () => {
    const { outputs, layers, notes } = await quantizeAll(model([node('Relu', ['h'], ['y'])], 17), { bits: 2, granularity: { block: 32 } });
    expect(layers[0]!.weights[0]).toMatchObject({ format: 'int2' });
    expect(notes).toEqual([expect.stringContaining('to 25')]);
    expect(outputs[0]!.sqnrDb).toBeGreaterThan(0);
  });

  it('not where onnxruntime has no kernel for an operator there', async () => {
    const { layers, notes } = await quantizeAll(model([node('RandomUniformLike', ['h'], ['y'], { name: 'noise' })], 17), { bits: 2, granularity: { block: 32 } });
    expect(layers[0]!.weights[0]).toMatchObject({ format: 'float' });
    expect(notes).toEqual([expect.stringContaining('onnxruntime does not run RandomUniformLike "noise" there')]);
  });

  it('stays as it is when nothing needs more', async () => {
    const { notes, output } = await quantizeAll(model([node('ReduceMean', ['h'], ['y'], axes(1))], 13), { bits: 8 });
    expect(notes).toEqual([]);
    expect(onnx.ModelProto.decode(readFileSync(output)).opsetImport.map(({ version }) => Number(version))).toEqual([13]);
  });

  it.each([
    ['Softmax over several axes', 11, [node('Softmax', ['h'], ['y'], { name: 'odd' })]],
    ['GridSample modes', 16, [node('GridSample', ['picture', 'grid'], ['y'], { name: 'odd', attributes: { mode: text('bilinear') } })]],
    ['an operator set that is too old', 10, [node('Relu', ['h'], ['y'], { name: 'odd' })]],
  ] as const)('stays as it is for %s: blocks do without, 2 bits cannot', async (_, opset, tail) => {
    const inputs = [valueInfo('x', 'float', [2, 4, 32]), valueInfo('picture', 'float', [1, 1, 4, 4]), valueInfo('grid', 'float', [1, 4, 4, 2])];
    const { notes, layers, output } = await quantizeAll(model(tail, opset, { inputs }), blocks, { run: 'no' });
    expect(layers[0]!.weights[0]).toMatchObject({ format: 'int16', granularity: { block: 32 } });
    expect(notes).toEqual([]);
    expect(onnx.ModelProto.decode(readFileSync(output)).opsetImport.find(({ domain }) => domain === '')!.version).toEqual(expect.objectContaining({ low: opset }));
    const narrow = await quantizeAll(model(tail, opset, { inputs }), { bits: 2 }, { run: 'no' });
    expect(narrow.layers[0]!.weights[0]!.format).toBe('float');
    expect(narrow.notes).toEqual([expect.stringContaining('cannot be raised')]);
  });
});
