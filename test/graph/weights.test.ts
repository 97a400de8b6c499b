import { describe, expect, it } from 'vitest';
import type { onnx } from 'onnx-proto';
import type { LayerWeight } from '../../src/graph/layer';
import { MAX_JOINED_TENSORS } from '../../src/graph/carry';
import { constant, floats, floatTensor, int, int64Tensor, ints, node, rawTensor, text, valueInfo } from '../support/onnxBuilder';
import { analyzeParts, row } from './support';

const zeros = (...dims: number[]): number[] => new Array<number>(dims.reduce((count, dim) => count * dim, 1)).fill(0);
const weight = (name: string, ...dims: number[]): onnx.ITensorProto => floatTensor(name, dims, zeros(...dims));

/** The weights of the row called `layer`. */
function weightsIn(nodes: readonly onnx.INodeProto[], initializers: readonly onnx.ITensorProto[], input: readonly number[], type: 'float' | 'int64' = 'float'): readonly LayerWeight[] {
  const { analysis } = analyzeParts({ nodes, initializers, inputs: [valueInfo('x', type, input)], outputs: [valueInfo('y', 'float', null)] });
  return row(analysis, 'layer').weights;
}

const named = (op: string, inputs: readonly string[], attributes: Readonly<Record<string, onnx.IAttributeProto>> = {}): onnx.INodeProto => node(op, inputs, ['y'], { name: 'layer', attributes });

describe('weights and the axes of their scales', () => {
  it.each([
    ['Conv', named('Conv', ['x', 'w']), weight('w', 4, 3, 3, 3), [1, 3, 8, 8], { input: 1, channelAxis: 0, blockAxis: 1 }],
    ['ConvTranspose', named('ConvTranspose', ['x', 'w'], { group: int(2) }), weight('w', 4, 3, 3, 3), [1, 4, 8, 8], { input: 1, channelAxis: 1, blockAxis: 0 }],
    ['Gemm', named('Gemm', ['x', 'w']), weight('w', 4, 6), [2, 4], { input: 1, channelAxis: 1, blockAxis: 0 }],
    ['Gemm with transB', named('Gemm', ['x', 'w'], { transB: int(1) }), weight('w', 6, 4), [2, 4], { input: 1, channelAxis: 0, blockAxis: 1 }],
    ['Gemm on its first input', named('Gemm', ['w', 'x']), weight('w', 6, 2), [2, 4], { input: 0, channelAxis: 0, blockAxis: 1 }],
    ['MatMul', named('MatMul', ['x', 'w']), weight('w', 5, 4, 6), [5, 2, 4], { input: 1, channelAxis: 2, blockAxis: 1 }],
    ['MatMul on its first input', named('MatMul', ['w', 'x']), weight('w', 6, 2), [2, 4], { input: 0, channelAxis: 0, blockAxis: 1 }],
  ])('%s', (_, operator, stored, input, expected) => {
    expect(weightsIn([operator], [stored], input)).toMatchObject([{ tensor: 'w', obstacle: null, ...expected }]);
  });

  it('LSTM: both matrices', () => {
    expect(weightsIn([named('LSTM', ['x', 'w', 'r'], { hidden_size: int(4) })], [weight('w', 1, 16, 3), weight('r', 1, 16, 4)], [5, 1, 3])).toMatchObject([
      { tensor: 'w', input: 1, channelAxis: 1, blockAxis: 2 },
      { tensor: 'r', input: 2, channelAxis: 1, blockAxis: 2 },
    ]);
  });

  it('Gather: a table of rows, but not the integers of shape arithmetic', () => {
    expect(weightsIn([named('Gather', ['w', 'x'])], [weight('w', 30, 8)], [2], 'int64')).toMatchObject([{ input: 0, channelAxis: 0, blockAxis: 1 }]);
    expect(weightsIn([named('Gather', ['w', 'x'])], [int64Tensor('w', [3], [1, 2, 3])], [2], 'int64')).toEqual([]);
  });

  it('are found behind Identity chains, in Constant nodes and behind a Transpose, with the stored axes', () => {
    const chain = [node('Identity', ['w'], ['a']), node('Identity', ['a'], ['b'])];
    expect(weightsIn([...chain, named('MatMul', ['x', 'b'])], [weight('w', 4, 6)], [2, 4])).toMatchObject([{ tensor: 'w', channelAxis: 1, blockAxis: 0, obstacle: null }]);
    expect(weightsIn([constant('c', weight('', 4, 6)), named('MatMul', ['x', 'c'])], [], [2, 4])).toMatchObject([{ tensor: 'c', channelAxis: 1, blockAxis: 0, obstacle: null }]);
    const turned = node('Transpose', ['w'], ['t'], { attributes: { perm: ints(1, 0) } });
    expect(weightsIn([turned, named('MatMul', ['x', 't'])], [weight('w', 6, 4)], [2, 4])).toMatchObject([{ tensor: 'w', dims: [6, 4], channelAxis: 0, blockAxis: 1, obstacle: null }]);
  });

  it('behind a Reshape keep their axes where these survive, and say so where not', () => {
    const nodes = [node('Reshape', ['w', 'shape'], ['r']), named('MatMul', ['x', 'r'])];
    const shape = int64Tensor('shape', [2], [4, 6]);
    expect(weightsIn(nodes, [weight('w', 1, 4, 6), shape], [2, 4])).toMatchObject([{ dims: [1, 4, 6], channelAxis: 2, blockAxis: 1, obstacle: null }]);
    expect(weightsIn(nodes, [weight('w', 2, 12), shape], [2, 4])).toMatchObject([{ channelAxis: -1, blockAxis: -1, obstacle: null }]);
  });

  it('are found where parts of one tensor are put in another order, as exporters do with the gates of an LSTM', () => {
    const part = (name: string, from: number, to: number): readonly onnx.INodeProto[] => [node('Slice', ['w', String(from), String(to), 'axis'], [name])];
    const bounds = [0, 4, 8, 12, 16].map((at) => int64Tensor(String(at), [1], [at]));
    const nodes = (last: readonly onnx.INodeProto[]): readonly onnx.INodeProto[] => [
      ...part('i', 0, 4), ...part('o', 12, 16), ...part('fc', 4, 12), ...last,
      node('Unsqueeze', ['joined', 'axis'], ['all']),
      named('LSTM', ['x', 'all', 'r'], { hidden_size: int(4) }),
    ];
    const stored = [weight('w', 16, 3), weight('v', 8, 3), weight('r', 1, 16, 4), int64Tensor('axis', [1], [0]), ...bounds];
    const found = weightsIn(nodes([node('Concat', ['i', 'o', 'fc'], ['joined'], { attributes: { axis: int(0) } })]), stored, [5, 1, 3]);
    expect(found).toMatchObject([{ tensor: 'w', dims: [16, 3], channelAxis: 0, blockAxis: 1, obstacle: null }, { tensor: 'r' }]);
    const mixed = weightsIn(nodes([node('Concat', ['i', 'o', 'v'], ['joined'], { attributes: { axis: int(0) } })]), stored, [5, 1, 3]);
    expect(mixed).toMatchObject([{ tensor: 'w', channelAxis: 0, blockAxis: 1 }, { tensor: 'v', channelAxis: 0, blockAxis: 1 }, { tensor: 'r' }]);
  });

  it('are all found where several tensors are joined, as the two directions of an LSTM are', () => {
    const joined = (name: string): readonly onnx.INodeProto[] => [
      node('Unsqueeze', [`${name}f`, 'axis'], [`${name}1`]), node('Unsqueeze', [`${name}b`, 'axis'], [`${name}2`]),
      node('Concat', [`${name}1`, `${name}2`], [name], { name: `join_${name}`, attributes: { axis: int(0) } }),
    ];
    const stored = [weight('wf', 16, 3), weight('wb', 16, 3), weight('rf', 16, 4), weight('rb', 16, 4), int64Tensor('axis', [1], [0])];
    const parts = { nodes: [...joined('w'), ...joined('r'), named('LSTM', ['x', 'w', 'r'], { hidden_size: int(4) })], initializers: stored, inputs: [valueInfo('x', 'float', [5, 1, 3])], outputs: [valueInfo('y', 'float', null)] };
    const { analysis } = analyzeParts(parts);
    expect(row(analysis, 'layer').weights).toMatchObject(['wf', 'wb', 'rf', 'rb'].map((tensor) => ({ tensor, channelAxis: 0, blockAxis: 1, obstacle: null })));
    expect(row(analysis, 'layer').parameters).toBe(2 * 16 * (3 + 4));
    expect(row(analysis, 'join_w').parameters).toBe(0);
  });

  it('are found where parts of codes are put in another order behind their DequantizeLinear', () => {
    const nodes = [
      node('DequantizeLinear', ['q', 's'], ['w']), node('Slice', ['w', '0', '2', 'axis'], ['a']), node('Slice', ['w', '2', '4', 'axis'], ['b']),
      node('Concat', ['b', 'a'], ['turned'], { attributes: { axis: int(0) } }), named('MatMul', ['x', 'turned']),
    ];
    const stored = [rawTensor('q', 'int8', [4, 6], new Uint8Array(24)), weight('s'), int64Tensor('axis', [1], [0]), ...[0, 2, 4].map((at) => int64Tensor(String(at), [1], [at]))];
    expect(weightsIn(nodes, stored, [2, 4])).toMatchObject([{ tensor: 'q', obstacle: 'it is already quantized (int8)' }]);
  });

  it('say of float numbers that the graph quantizes itself that it does', () => {
    const nodes = [node('QuantizeLinear', ['w', 's', 'z'], ['q']), node('DequantizeLinear', ['q', 's', 'z'], ['d']), named('MatMul', ['x', 'd'])];
    expect(weightsIn(nodes, [weight('w', 4, 6), weight('s'), rawTensor('z', 'int8', [], new Uint8Array(1))], [2, 4])).toMatchObject([{ tensor: 'w', dataType: 'float', obstacle: 'the model quantizes it when it runs' }]);
  });

  it('of convolutions in blocks of channels are found, and left alone', () => {
    const blocked = node('Conv', ['x', 'w'], ['y'], { name: 'layer', domain: 'com.microsoft.nchwc', attributes: { activation: text('Relu') } });
    const { analysis } = analyzeParts({ nodes: [blocked], initializers: [weight('w', 16, 8, 3, 3)], inputs: [valueInfo('x', 'float', [1, 8, 5, 5])], outputs: [valueInfo('y', 'float', null)] }, { opsets: { '': 17, 'com.microsoft.nchwc': 1 } });
    expect(row(analysis, 'layer')).toMatchObject({ weights: [{ tensor: 'w', obstacle: 'its layout is made for one kind of processor' }], logical: { form: 'fused', standsFor: ['Conv', 'Relu'] } });
  });

  it('are followed through a Concat of many tensors, up to a limit', () => {
    const experts = (count: number): readonly LayerWeight[] => {
      const names = Array.from({ length: count }, (_, index) => `w${index}`);
      return weightsIn([node('Concat', names, ['w'], { attributes: { axis: int(0) } }), named('MatMul', ['x', 'w'])], names.map((name) => weight(name, 1, 2, 2)), [1, 2]);
    };
    expect(experts(MAX_JOINED_TENSORS)).toHaveLength(MAX_JOINED_TENSORS);
    expect(experts(MAX_JOINED_TENSORS + 1)).toEqual([]);
  });

  it.each([
    ['bthi,hio->btho', [2, 5, 4, 6], [4, 6, 3], { channelAxis: 2, blockAxis: 1 }],
    ['bth,oh->bto', [2, 5, 6], [3, 6], { channelAxis: 0, blockAxis: 1 }],
    // Implicit output: labels that stand once, in alphabetical order.
    ['bi,io', [2, 6], [6, 3], { channelAxis: 1, blockAxis: 0 }],
    ['...i,...io->...o', [2, 5, 6], [5, 6, 3], { channelAxis: 2, blockAxis: 1 }],
    // No label of its own: the batch label is all that scales can follow.
    ['bi,bi->b', [2, 6], [2, 6], { channelAxis: 0, blockAxis: 1 }],
  ] as const)('Einsum %s: axes by the labels', (equation, input, stored, expected) => {
    expect(weightsIn([named('Einsum', ['x', 'w'], { equation: text(equation) })], [weight('w', ...stored)], input)).toMatchObject([{ tensor: 'w', input: 1, obstacle: null, ...expected }]);
  });

  it('Einsum that only scales has none, and one with a vector says why it cannot be quantized', () => {
    expect(weightsIn([named('Einsum', ['x', 'w'], { equation: text('bi,i->bi') })], [weight('w', 6)], [2, 6])).toEqual([]);
    expect(weightsIn([named('Einsum', ['x', 'w'], { equation: text('bi,i->b') })], [weight('w', 6)], [2, 6])).toMatchObject([{ obstacle: 'it is a vector, which has no channels' }]);
  });

  it('in lists of numbers of a Constant count, and say why they cannot be quantized', () => {
    const constants = [node('Constant', [], ['c'], { attributes: { value_floats: floats(...zeros(24)) } }), node('Reshape', ['c', 'shape'], ['w'])];
    const { analysis } = analyzeParts({
      nodes: [...constants, named('MatMul', ['x', 'w'])], initializers: [int64Tensor('shape', [2], [4, 6])], inputs: [valueInfo('x', 'float', [2, 4])], outputs: [valueInfo('y', 'float', null)],
    });
    expect(row(analysis, 'layer')).toMatchObject({ parameters: 24, weightBytes: 96, weights: [{ tensor: 'c', dims: [24], obstacle: 'it is written as a list of numbers in an attribute' }] });
  });

  it('of which the file has two by one name are the latter, which cannot be quantized', () => {
    expect(weightsIn([named('MatMul', ['x', 'w'])], [weight('w', 4, 5), weight('w', 4, 6)], [2, 4])).toMatchObject([
      { dims: [4, 6], obstacle: 'the file has two initializers of its name, which no tool has to tell apart' },
    ]);
  });

  it.each([
    ['its type is int64', int64Tensor('w', [4, 6], zeros(24))],
    ['it has no elements', weight('w', 4, 0)],
    ['it is a vector, which has no channels', weight('w', 4)],
  ])('that cannot be quantized say: %s', (reason, stored) => {
    expect(weightsIn([named('MatMul', ['x', 'w'])], [stored], [2, 4])[0]!.obstacle).toBe(reason);
  });

  it('that are quantized already count as the parameters that they stand for, without their scales', () => {
    const { analysis } = analyzeParts({
      nodes: [node('DequantizeLinear', ['q', 's', 'z'], ['w']), named('MatMul', ['x', 'w'])],
      initializers: [rawTensor('q', 'int8', [4, 6], new Uint8Array(24)), weight('s', 6), rawTensor('z', 'int8', [6], new Uint8Array(6))],
      inputs: [valueInfo('x', 'float', [2, 4])],
      outputs: [valueInfo('y', 'float', null)],
    }, { opsets: { '': 13 } });
    expect(row(analysis, 'layer')).toMatchObject({ parameters: 24, weightBytes: 24 + 24 + 6, macs: 48, weights: [{ tensor: 'q', obstacle: 'it is already quantized (int8)' }] });
    expect(analysis.totals).toMatchObject({ parameters: 24, weightBytes: 24 + 24 + 6 });
  });

  it('count once where several layers share them', () => {
    const { analysis } = analyzeParts({
      nodes: [node('MatMul', ['x', 'w'], ['a'], { name: 'one' }), node('Identity', ['w'], ['v']), node('MatMul', ['a', 'v'], ['y'], { name: 'two' })],
      initializers: [weight('w', 4, 4)],
      inputs: [valueInfo('x', 'float', [2, 4])],
      outputs: [valueInfo('y', 'float', null)],
    });
    const [one, two] = [row(analysis, 'one'), row(analysis, 'two')];
    expect([one.parameters, two.parameters]).toEqual([16, 0]);
    expect(one.weights[0]!.key).toBe(two.weights[0]!.key);
    expect([one.weights[0]!.sharedWith, two.weights[0]!.sharedWith]).toEqual([['two'], ['one']]);
  });
});
