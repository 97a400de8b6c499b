import { describe, expect, it } from 'vitest';
import type { onnx } from 'onnx-proto';
import type { LayerWeight } from '../../src/graph/layer';
import { constant, floatTensor, int, int64Tensor, ints, node, rawTensor, valueInfo } from '../support/onnxBuilder';
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
    expect(mixed).toMatchObject([{ tensor: 'r' }]);
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
