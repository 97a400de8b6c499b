import { describe, expect, it } from 'vitest';
import type { Totals } from '../../src/graph/layer';
import { constant, floatTensor, int, int64Tensor, node, rawTensor, valueInfo } from '../support/onnxBuilder';
import type { GraphParts } from '../support/onnxBuilder';
import { analyzeParts, row } from './support';

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

function totalsOf(parts: GraphParts): Totals {
  return analyzeParts({ inputs: [valueInfo('x', 'float', [1, 8, 4, 4])], outputs: [valueInfo('y', 'float', null)], ...parts }).analysis.totals;
}

describe('the four counts of parameters', () => {
  it('running statistics are stored floats, but not trained', () => {
    const { parameters, parameterCounts } = totalsOf({
      nodes: [node('BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y'])],
      initializers: ['s', 'b', 'm', 'v'].map((name) => floatTensor(name, [8], zeros(8))),
    });
    expect(parameterCounts).toEqual({ initializers: 32, constants: 32, logical: 32, trainable: 16 });
    expect(parameters).toBe(16);
  });

  it('floats of Constant nodes count from the second on; bounds of a Clip are settings wherever they are stored', () => {
    const { parameterCounts } = totalsOf({
      nodes: [constant('scale', floatTensor('', [8, 1, 1], zeros(8))), node('Mul', ['x', 'scale'], ['m']), node('Clip', ['m', 'low', 'high'], ['y'])],
      initializers: [floatTensor('low', [], [0]), floatTensor('high', [], [6])],
    });
    expect(parameterCounts).toEqual({ initializers: 2, constants: 10, logical: 10, trainable: 8 });
  });

  it('codes count as the weights that they stand for, scales and zero points do not', () => {
    const { parameterCounts, weightTypes } = totalsOf({
      nodes: [node('DequantizeLinear', ['q', 's', 'z'], ['w'], { attributes: { axis: int(0) } }), node('Conv', ['x', 'w'], ['y'])],
      initializers: [rawTensor('q', 'int8', [4, 8, 1, 1], new Uint8Array(32)), floatTensor('s', [4], [1, 1, 1, 1]), rawTensor('z', 'int8', [4], new Uint8Array(4))],
    });
    expect(parameterCounts).toEqual({ initializers: 4, constants: 4, logical: 32, trainable: 32 });
    expect(weightTypes).toEqual({ int8: 36, float: 16 });
  });

  it('packed codes are counted one by one', () => {
    const { parameterCounts, weightTypes } = totalsOf({
      nodes: [node('MatMulNBits', ['x', 'q', 's'], ['y'], { domain: 'com.microsoft', attributes: { K: int(4), N: int(6), bits: int(4), block_size: int(16) } })],
      initializers: [rawTensor('q', 'uint8', [6, 1, 8], new Uint8Array(48)), floatTensor('s', [6], zeros(6))],
    });
    expect(parameterCounts).toEqual({ initializers: 6, constants: 6, logical: 24, trainable: 24 });
    expect(weightTypes).toEqual({ uint8: 48, float: 24 });
  });

  it('a causal mask is no parameter, a score bias for several heads is', () => {
    const { parameterCounts } = totalsOf({
      nodes: [node('Mul', ['x', 'mask'], ['m']), node('Add', ['m', 'bias'], ['y'])],
      initializers: [floatTensor('mask', [1, 1, 4, 4], zeros(16)), floatTensor('bias', [1, 8, 4, 4], zeros(128))],
    });
    expect(parameterCounts).toEqual({ initializers: 144, constants: 144, logical: 144, trainable: 128 });
  });

  it('a tied tensor counts once, integers never', () => {
    const { parameterCounts, weightTypes } = totalsOf({
      nodes: [node('MatMul', ['x', 'w'], ['a']), node('MatMul', ['a', 'w'], ['b']), node('Reshape', ['b', 'shape'], ['y'])],
      initializers: [floatTensor('w', [4, 4], zeros(16)), int64Tensor('shape', [2], [8, 16])],
    });
    expect(parameterCounts).toEqual({ initializers: 16, constants: 16, logical: 16, trainable: 16 });
    expect(weightTypes).toEqual({ float: 64, int64: 16 });
  });
});

describe('bytes moved and arithmetic intensity', () => {
  const { analysis } = analyzeParts({
    nodes: [
      node('MatMul', ['x', 'w'], ['a'], { name: 'matmul' }),
      node('Relu', ['a'], ['b'], { name: 'relu' }),
      node('Flatten', ['b'], ['c'], { name: 'view' }),
      node('Gather', ['table', 'ids'], ['d'], { name: 'gather' }),
      node('Shape', ['c'], ['e'], { name: 'shape' }),
    ],
    initializers: [floatTensor('w', [4, 5], zeros(20)), floatTensor('table', [100, 3], zeros(300))],
    inputs: [valueInfo('x', 'float', [2, 4]), valueInfo('ids', 'int64', [2])],
    outputs: ['c', 'd', 'e'].map((name) => ({ name })),
  });

  it.each([
    ['matmul', 4 * (8 + 20 + 10), 80],
    ['relu', 4 * 20, 10],
    ['view', 0, 0],
    // The rows that it picks, not the whole table.
    ['gather', 4 * 6 + 16 + 4 * 6, 0],
    ['shape', 16, 0],
  ])('%s', (name, moved, flops) => {
    expect(row(analysis, name)).toMatchObject({ movedBytes: moved, flops, intensity: moved === 0 ? null : flops / moved });
  });
});
