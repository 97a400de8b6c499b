import { describe, expect, it } from 'vitest';
import type { onnx } from 'onnx-proto';
import { floatTensor, graph, graphAttribute, int, int64Tensor, node, rawTensor, valueInfo } from '../../support/onnxBuilder';
import { analyzeParts, row } from '../support';

const scalar = (name: string, value: number): onnx.ITensorProto => floatTensor(name, [], [value]);
const byte = (name: string, value: number, type: 'uint8' | 'int8' = 'uint8'): onnx.ITensorProto => rawTensor(name, type, [], Uint8Array.of(value));
const x = valueInfo('x', 'float', [2, 4]);
const y = valueInfo('y', 'float', null);

/** Quantizes `from` and turns it back into `to`. */
const pair = (from: string, to: string, settings: readonly string[] = ['s', 'z']): readonly onnx.INodeProto[] => [
  node('QuantizeLinear', [from, ...settings], [`${to}_codes`], { name: `Q ${to}` }),
  node('DequantizeLinear', [`${to}_codes`, ...settings], [to], { name: `DQ ${to}` }),
];
const scales = [scalar('s', 0.5), byte('z', 3)];

describe('helpers that only convert numbers', () => {
  it('are in the row that they serve: a quantization with what made its input, a dequantization with what reads it', () => {
    const { analysis } = analyzeParts({
      nodes: [node('Relu', ['x'], ['a'], { name: 'one' }), ...pair('a', 'b'), node('Sigmoid', ['b'], ['c'], { name: 'two' }), node('Neg', ['b'], ['y'], { name: 'three' })],
      initializers: scales,
      inputs: [x],
      outputs: [y, valueInfo('c', 'float', null)],
    });
    expect(analysis.layers.map(({ index, name }) => [index, name])).toEqual([[0, 'one'], [1, 'two'], [2, 'three']]);
    const format = { dataType: 'uint8', bits: 8, granularity: 'tensor', symmetric: false, scales: { low: 0.5, high: 0.5 }, zeroPoints: { low: 3, high: 3 }, dynamic: false };
    expect(row(analysis, 'one').logical).toEqual({ form: 'qdq', standsFor: ['Relu'], weights: null, activations: null, output: format, members: [{ name: 'Q b', op: 'QuantizeLinear' }] });
    expect(row(analysis, 'two').logical).toMatchObject({ activations: format, output: null, members: [{ name: 'DQ b' }] });
    expect(row(analysis, 'three').logical).toMatchObject({ activations: format, members: [] });
  });

  it('at the edges of a graph are with the layer that there is', () => {
    const { analysis } = analyzeParts({ nodes: [...pair('x', 'a'), node('Relu', ['a'], ['b'], { name: 'only' }), ...pair('b', 'y')], initializers: scales, inputs: [x], outputs: [y] });
    expect(analysis.layers.map(({ logical }) => logical?.members.map(({ name }) => name))).toEqual([['Q a', 'DQ a', 'Q y', 'DQ y']]);
  });

  it('before a layer do not tell the format of what it gives', () => {
    const again = [scalar('s2', 0.25), byte('z2', 7)];
    const { analysis } = analyzeParts({ nodes: [...pair('x', 'a'), ...pair('a', 'b', ['s2', 'z2']), node('Relu', ['b'], ['y'], { name: 'only' })], initializers: [...scales, ...again], inputs: [x], outputs: [y] });
    expect(analysis.layers).toMatchObject([{ logical: { activations: { scales: { low: 0.25 }, zeroPoints: { low: 7 } }, output: null } }]);
  });

  it('take no products of dequantized weights with others for scales', () => {
    const { analysis } = analyzeParts({
      nodes: [node('DequantizeLinear', ['w', 'ws'], ['a'], { name: 'DQ' }), node('Mul', ['a', 'g'], ['b'], { name: 'gain' }), node('MatMul', ['x', 'b'], ['y'], { name: 'layer' })],
      initializers: [rawTensor('w', 'int8', [4, 6], new Uint8Array(24)), scalar('ws', 0.1), floatTensor('g', [1, 6], [1, 2, 3, 4, 5, 6])],
      inputs: [x],
      outputs: [y],
    });
    expect(analysis.layers.map(({ name, parameters }) => [name, parameters])).toEqual([['gain', 24 + 6], ['layer', 0]]);
  });

  it('stay rows, and say so, where there is no layer', () => {
    const { analysis } = analyzeParts({ nodes: pair('x', 'y'), initializers: scales, inputs: [x], outputs: [y] });
    expect(analysis.layers.map(({ name, unfolded, logical }) => [name, unfolded, logical])).toEqual(['Q y', 'DQ y'].map((name) => [name, 'no operator beside it in its graph makes its input or reads its output', undefined]));
  });

  it('leave the totals as they are but for activations that weights are dequantized to', () => {
    const parts = { initializers: [...scales, rawTensor('w', 'int8', [4, 6], new Uint8Array(24)), scalar('ws', 0.1)], inputs: [x], outputs: [y] };
    const { analysis } = analyzeParts({ ...parts, nodes: [...pair('x', 'a'), node('DequantizeLinear', ['w', 'ws'], ['b'], { name: 'DQ w' }), node('MatMul', ['a', 'b'], ['y'], { name: 'layer' })] });
    // 8 values quantized and dequantized at 2 operations each, 24 weights at 2, 48 products.
    expect(row(analysis, 'layer')).toMatchObject({ parameters: 24, weightBytes: 24 + 4 + 4 + 1, macs: 48, flops: 2 * 48 + 2 * 2 * 8 + 2 * 24, activationBytes: 8 + 32 + 48 });
    expect(analysis.totals).toMatchObject({ parameters: 24, weightBytes: 33, macs: 48, flops: 176, activationBytes: 88, unresolved: 0 });
  });

  it('of weights are with the layer that uses them, past operators that only move them', () => {
    const { analysis } = analyzeParts({
      nodes: [node('DequantizeLinear', ['w', 'ws', 'wz'], ['a'], { name: 'DQ', attributes: { axis: int(0) } }), node('Transpose', ['a'], ['b'], { name: 'turn' }), node('MatMul', ['x', 'b'], ['y'], { name: 'layer' })],
      initializers: [rawTensor('w', 'uint8', [6, 4], new Uint8Array(24)), floatTensor('ws', [6], [1, 2, 3, 4, 5, 6]), rawTensor('wz', 'uint8', [6], new Uint8Array(6).fill(128))],
      inputs: [x],
      outputs: [y],
    });
    expect(analysis.layers.map(({ name }) => name)).toEqual(['turn', 'layer']);
    expect(row(analysis, 'layer')).toMatchObject({
      weights: [{ tensor: 'w', obstacle: 'it is already quantized (uint8)' }],
      logical: {
        form: 'qdq',
        activations: null,
        weights: { dataType: 'uint8', granularity: 'channel', symmetric: true, scales: { low: 1, high: 6 }, zeroPoints: { low: 128, high: 128 }, elements: 24, codeBytes: 24, scaleBytes: 30 },
        members: [{ name: 'DQ' }],
      },
    });
  });

  it('outside of a body stay rows, and the layer in the body knows its format', () => {
    const body = (name: string): onnx.IAttributeProto => graphAttribute(graph({ name, nodes: [node('MatMul', ['x', 'a'], [`${name}_y`], { name: 'inner' })], outputs: [valueInfo(`${name}_y`, 'float', null)] }));
    const { analysis } = analyzeParts({
      nodes: [node('DequantizeLinear', ['w', 'ws'], ['a'], { name: 'DQ' }), node('If', ['c'], ['y'], { name: 'if', attributes: { then_branch: body('then'), else_branch: body('else') } })],
      initializers: [rawTensor('w', 'int8', [4, 6], new Uint8Array(24)), scalar('ws', 0.1)],
      inputs: [x, valueInfo('c', 'bool', [])],
      outputs: [y],
    });
    expect(row(analysis, 'DQ').unfolded).toContain('no operator beside it');
    for (const name of ['if/then_branch/inner', 'if/else_branch/inner']) expect(row(analysis, name)).toMatchObject({ weights: [{ obstacle: 'it is already quantized (int8)' }], logical: { form: 'qdq', weights: { dataType: 'int8', elements: 24 }, members: [] } });
  });

  it('in long chains and in cycles take no more than linear time', () => {
    const count = 10_000;
    const chain = Array.from({ length: count }, (_, at) => pair(at === 0 ? 'x' : `v${at}`, `v${at + 1}`)).flat();
    const { analysis } = analyzeParts({ nodes: [...chain, node('Relu', [`v${count}`], ['y'], { name: 'end' })], initializers: scales, inputs: [x], outputs: [y] });
    expect(analysis.layers).toHaveLength(1);
    expect(analysis.layers[0]!.logical!.members).toHaveLength(2 * count);
    const cyclic = analyzeParts({ nodes: [...pair('y', 'a'), ...pair('a', 'y')], initializers: scales, inputs: [x], outputs: [y] });
    expect(cyclic.analysis.layers).toHaveLength(4);
  });
});

describe('Casts between single and half precision', () => {
  const half = (name: string, ...dims: number[]): onnx.ITensorProto => rawTensor(name, 'float16', dims, new Uint8Array(2 * dims.reduce((count, dim) => count * dim, 1)));
  const cast = (from: string, to: string, type: number): onnx.INodeProto => node('Cast', [from], [to], { name: `to ${to}`, attributes: { to: int(type) } });

  it('are with the layers in single precision that they surround', () => {
    const { analysis } = analyzeParts({
      nodes: [cast('x', 'a', 10), node('MatMul', ['a', 'w'], ['b'], { name: 'product' }), cast('b', 'c', 1), node('Softmax', ['c'], ['d'], { name: 'island' }), cast('d', 'e', 10), node('Relu', ['e'], ['f'], { name: 'last' }), cast('f', 'y', 1)],
      initializers: [half('w', 4, 6)],
      inputs: [x],
      outputs: [y],
    });
    expect(analysis.layers.map(({ name, logical }) => [name, logical?.form, logical?.members.map((member) => member.name)])).toEqual([
      ['product', 'float16', ['to a']],
      ['island', 'float', ['to c', 'to e']],
      ['last', 'float16', ['to y']],
    ]);
    expect(row(analysis, 'product').logical).toMatchObject({ weights: { dataType: 'float16', bits: 16, elements: 24, codeBytes: 48, scaleBytes: 0 }, activations: { bits: 16 }, output: { bits: 16 } });
  });

  it('to other types are layers', () => {
    const { analysis } = analyzeParts({ nodes: [cast('x', 'a', 7), node('Neg', ['a'], ['y'])], inputs: [x], outputs: [y] });
    expect(analysis.layers.map(({ op }) => op)).toEqual(['Cast', 'Neg']);
  });

  it('of stored weights are with the layer that uses them', () => {
    const { analysis } = analyzeParts({ nodes: [cast('w', 'a', 1), node('Reshape', ['a', 'shape'], ['b'], { name: 'view' }), node('MatMul', ['x', 'b'], ['y'], { name: 'layer' })], initializers: [half('w', 24), int64Tensor('shape', [2], [4, 6])], inputs: [x], outputs: [y] });
    expect(row(analysis, 'layer').logical).toMatchObject({ form: 'float16', weights: { dataType: 'float16', codeBytes: 48 }, activations: null, members: [{ name: 'to a' }] });
  });
});

describe('products of codes whose activations are quantized at every run', () => {
  const codes = (name: string, ...dims: number[]): onnx.ITensorProto => rawTensor(name, 'int8', dims, new Uint8Array(dims.reduce((count, dim) => count * dim, 1)));
  const image = valueInfo('x', 'float', [1, 2, 4, 4]);
  const start = [node('DynamicQuantizeLinear', ['x'], ['xq', 'xs', 'xz'], { name: 'quantize' }), node('ConvInteger', ['xq', 'w', 'xz'], ['sums'], { name: 'layer' })];
  const stored = [codes('w', 3, 2, 1, 1), scalar('ws', 0.5)];
  const toFloat = (from: string): onnx.INodeProto => node('Cast', [from], ['floats'], { name: 'cast', attributes: { to: int(1) } });
  const names = (logical: { readonly members: readonly { readonly name: string }[] } | undefined): readonly string[] => (logical?.members ?? []).map(({ name }) => name);

  it('are one row with the bias that is turned into codes for them', () => {
    const { analysis } = analyzeParts({
      nodes: [
        ...start,
        node('Mul', ['xs', 'ws'], ['bs'], { name: 'bias scale' }), node('Div', ['bias', 'bs'], ['b1'], { name: 'divide' }), node('Floor', ['b1'], ['b2'], { name: 'floor' }),
        node('Cast', ['b2'], ['b3'], { name: 'bias codes', attributes: { to: int(6) } }), node('Reshape', ['b3', 'shape'], ['b4'], { name: 'shape bias' }),
        node('Add', ['sums', 'b4'], ['biased'], { name: 'add' }), toFloat('biased'), node('Mul', ['xs', 'ws'], ['both'], { name: 'scales' }), node('Mul', ['floats', 'both'], ['y'], { name: 'scale' }),
      ],
      initializers: [...stored, floatTensor('bias', [3], [1, 2, 3]), int64Tensor('shape', [4], [1, 3, 1, 1])],
      inputs: [image],
      outputs: [y],
    });
    expect(analysis.layers).toHaveLength(1);
    expect(analysis.layers[0]).toMatchObject({ name: 'layer', macs: 16 * 3 * 2, parameters: 6 + 3, logical: { form: 'dynamic', standsFor: ['Conv'], weights: { scales: { low: 0.5, high: 0.5 } }, activations: { dynamic: true } } });
    expect(names(analysis.layers[0]!.logical)).toEqual(['quantize', 'bias scale', 'divide', 'floor', 'bias codes', 'shape bias', 'add', 'cast', 'scales', 'scale']);
  });

  it('end where something else is multiplied or added', () => {
    const product = (other: readonly onnx.INodeProto[], operand: string, more: readonly onnx.INodeProto[] = []): readonly string[][] => {
      const { analysis } = analyzeParts({
        nodes: [...start, toFloat('sums'), ...other, node('Mul', ['floats', operand], ['scaled'], { name: 'scale' }), ...more, node('Neg', ['scaled'], ['y'], { name: 'last' })],
        initializers: [...stored, floatTensor('bias', [1, 3, 1, 1], [1, 2, 3])],
        inputs: [image, valueInfo('g', 'float', [1, 3, 4, 4])],
        outputs: [y],
      });
      return analysis.layers.map(({ name, logical }) => [name, ...names(logical)]);
    };
    const scales = node('Mul', ['xs', 'ws'], ['both'], { name: 'scales' });
    expect(product([scales], 'both')).toEqual([['layer', 'quantize', 'cast', 'scales', 'scale'], ['last']]);
    expect(product([node('Sigmoid', ['g'], ['gate'], { name: 'gate' })], 'gate')).toEqual([['layer', 'quantize', 'cast'], ['gate'], ['scale'], ['last']]);
    // The scales are read once more, so that they are somebody else's as well.
    expect(product([scales], 'both', [node('Neg', ['both'], ['z'], { name: 'reader' })])).toEqual([['layer', 'quantize', 'cast', 'scale'], ['scales'], ['reader'], ['last']]);
  });
});

describe('operators on codes', () => {
  it('of several parts know the format of each', () => {
    const { analysis } = analyzeParts({
      nodes: [...['a', 'b'].map((name) => node('QuantizeLinear', ['x', 's', 'z'], [name], { name: `Q ${name}` })), node('QLinearConcat', ['s', 'z', 'a', 's', 'z', 'b', 's', 'z'], ['y'], { name: 'joined', domain: 'com.microsoft', attributes: { axis: int(0) } })],
      initializers: scales,
      inputs: [x],
      outputs: [y],
    }, { opsets: { '': 17, 'com.microsoft': 1 } });
    expect(analysis.layers).toMatchObject([{ name: 'joined', parameters: 0, weightBytes: 5, logical: { form: 'integer', standsFor: ['Concat'], activations: { dataType: 'uint8' }, output: { dataType: 'uint8' }, members: [{ name: 'Q a' }, { name: 'Q b' }] } }]);
  });

  it('that are packed say how many bits a code has, not what holds it', () => {
    const { analysis } = analyzeParts({
      nodes: [node('MatMulNBits', ['x', 'w', 'ws'], ['y'], { name: 'packed', domain: 'com.microsoft', attributes: { K: int(4), N: int(6), bits: int(4), block_size: int(16) } })],
      initializers: [rawTensor('w', 'uint8', [6, 1, 8], new Uint8Array(48)), floatTensor('ws', [6, 1], [1, 2, 3, 4, 5, 6])],
      inputs: [x],
      outputs: [y],
    }, { opsets: { '': 17, 'com.microsoft': 1 } });
    expect(analysis.layers).toMatchObject([{ parameters: 24, macs: 2 * 24, weights: [{ obstacle: 'it is already quantized (uint4)' }], logical: { form: 'packed', standsFor: ['MatMul'], weights: { dataType: 'uint4', bits: 4, granularity: { block: 16 }, symmetric: true, elements: 24, codeBytes: 48, scaleBytes: 24 } } }]);
  });
});
