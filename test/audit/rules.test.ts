import type { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/audit/finding';
import { RULES } from '../../src/audit/table';
import { buildModel, constant, float, floatTensor, floats, graph, graphAttribute, int, node, rawTensor, valueInfo } from '../support/onnxBuilder';
import { weightTensor, weightValues } from '../support/weightedModels';
import { TIMED } from '../support/timed';
import { auditBytes, codeTensor, findings, qdqModel, quietCodes, withParts } from './support';
import type { QdqLayer } from './support';

/*
 * For each rule the smallest model that breaks it, and one beside it that does not. What the models do in onnxruntime is in
 * kernels.test.ts.
 */

const only = async (layer: QdqLayer, rule: string): Promise<Finding> => {
  const found = await findings(qdqModel(layer), rule);
  expect(found).toHaveLength(1);
  return found[0]!;
};

const none = async (layer: QdqLayer, rule: string): Promise<void> => {
  expect(await findings(qdqModel(layer), rule)).toEqual([]);
};

it('finds nothing in a Conv that is quantized as it should be', async () => {
  expect(await findings(qdqModel({ bias: { scale: [0.01, 0.02, 0.03, 0.04].map((scale) => Math.fround(Math.fround(0.02) * Math.fround(scale))) } }))).toEqual([]);
});

it('has ids, texts and needs that no two rules share', () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  expect(RULES.every(({ id, title, help }) => /^[a-z]+(-[a-z]+)*$/.test(id) && title.length < 60 && help.length > 80)).toBe(true);
});

describe('channel-axis', () => {
  const scale = [0.01, 0.02, 0.03, 0.04];

  it('is an error where onnxruntime computes on integers all the same', async () => {
    expect(await only({ weight: { type: 'int8', scale, axis: 1 } }, 'channel-axis')).toMatchObject({ severity: 'error', node: 'layer', tensor: 'w_codes', fix: null });
    expect(await only({ weight: { type: 'int8', scale, axis: -3 } }, 'channel-axis')).toMatchObject({ severity: 'error' });
  });

  it('is a warning where the layer runs in float', async () => {
    expect(await only({ weight: { type: 'int8', scale, axis: 1 }, activation: null, output: null }, 'channel-axis')).toMatchObject({ severity: 'warning' });
  });

  it('offers the right axis when the codes tell that they were made for it', async () => {
    // Each output channel reaches 127; most input channels do not.
    const codes = Array.from({ length: 144 }, (_, index) => (index % 36 === 0 ? 127 : (index % 36) - 18));
    expect(await only({ weight: { type: 'int8', scale, axis: 1, codes } }, 'channel-axis')).toMatchObject({ fix: 'Set axis to 0' });
  });

  it('finds a number of scales that the axis does not have, and the axis that does', async () => {
    const wide = { dims: [8, 4, 3, 3], weight: { type: 'int8', scale: Array<number>(8).fill(0.01) } } as const;
    expect(await only(wide, 'channel-axis')).toMatchObject({ severity: 'error', fix: 'Set axis to 0', reason: expect.stringContaining('8 scales for axis 1') as string });
    await none({ ...wide, weight: { ...wide.weight, axis: 0 } }, 'channel-axis');
  });

  it('knows the axis of each operator', async () => {
    const square = { dims: [4, 4], input: [3, 4] } as const;
    await none({ op: 'MatMul', ...square, weight: { type: 'int8', scale, axis: 1 } }, 'channel-axis');
    await none({ op: 'MatMul', ...square, weight: { type: 'int8', scale, axis: -1 } }, 'channel-axis');
    expect(await only({ op: 'MatMul', ...square, weight: { type: 'int8', scale, axis: 0 } }, 'channel-axis')).toMatchObject({ severity: 'error' });
    await none({ op: 'Gemm', ...square, attributes: { transB: int(1) }, weight: { type: 'int8', scale, axis: 0 } }, 'channel-axis');
    expect(await only({ op: 'Gemm', ...square, attributes: { transB: int(1) }, weight: { type: 'int8', scale, axis: 1 } }, 'channel-axis')).toMatchObject({ severity: 'warning' });
    expect(await only({ op: 'Gemm', ...square, attributes: { transB: int(1) }, weight: { type: 'int8', scale, zeroPoint: 0, axis: 1 } }, 'channel-axis')).toMatchObject({ severity: 'error' });
    await none({ op: 'ConvTranspose', weight: { type: 'int8', scale, axis: 1 } }, 'channel-axis');
    await none({ op: 'Gather', ...square, input: [2], activation: null, output: null, weight: { type: 'int8', scale, axis: 1 } }, 'channel-axis');
  });

  it('follows a Transpose between the weight and its layer', async () => {
    const model = (axis: number) => withParts({ opsets: { '': 21 }, graph: graph({}) }, {
      nodes: [node('DequantizeLinear', ['w_codes', 'w_scale'], ['w'], { attributes: { axis: int(axis) } }), node('Transpose', ['w'], ['wt']), node('MatMul', ['x', 'wt'], ['y'], { name: 'layer' })],
      initializers: [codeTensor('w_codes', 'int8', [4, 4], quietCodes(16)), floatTensor('w_scale', [4], scale)],
      outputs: [valueInfo('y', 'float', null)],
    });
    expect(await findings(model(0), 'channel-axis')).toEqual([]);
    expect(await findings(model(1), 'channel-axis')).toHaveLength(1);
  });

  it('counts the scales of QLinearConv', async () => {
    const model = (scales: number) => ({
      opsets: { '': 13 },
      graph: graph({
        nodes: [node('QLinearConv', ['x', 's', 'z', 'w', 'ws', 'wz', 's', 'z'], ['y'], { name: 'layer' })],
        initializers: [codeTensor('w', 'int8', [4, 2, 1, 1], quietCodes(8)), floatTensor('s', [], [0.1]), codeTensor('z', 'uint8', [], [0]), floatTensor('ws', [scales], Array<number>(scales).fill(0.1)), codeTensor('wz', 'int8', [scales], Array<number>(scales).fill(0))],
        inputs: [valueInfo('x', 'uint8', [1, 2, 3, 3])],
        outputs: [valueInfo('y', 'uint8', null)],
      }),
    });
    expect(await findings(model(2), 'channel-axis')).toMatchObject([{ severity: 'error', reason: 'QLinearConv has 2 scales for the 4 channels of "w".' }]);
    for (const scales of [1, 4]) expect(await findings(model(scales))).toEqual([]);
  });
});

describe('code-parameters', () => {
  /** A DequantizeLinear of codes that are no weight, as a bias has it. */
  const dequantized = (codes: onnx.ITensorProto, scale: readonly number[], zeroPoint: onnx.ITensorProto | null, axis: number) =>
    withParts(qdqModel(), {
      nodes: [node('DequantizeLinear', ['c', 'cs', ...(zeroPoint ? ['cz'] : [])], ['back'], { name: 'other', attributes: { axis: int(axis) } })],
      initializers: [codes, floatTensor('cs', [scale.length], scale), ...(zeroPoint ? [zeroPoint] : [])],
      outputs: [valueInfo('back', 'float', null)],
    });
  const bias = (codes: readonly number[], name = 'c') => rawTensor(name, 'int32', [codes.length], new Uint8Array(Int32Array.from(codes).buffer));
  const scale = [0.1, 0.2, 0.3];

  it.each([
    { what: 'an axis that the codes do not have', model: dequantized(bias([1, 2, 3]), scale, null, 1), reason: 'Its axis is 1; the codes have one dimension.' },
    { what: 'as many scales as the axis has no entries', model: dequantized(bias([1, 2, 3, 4]), scale, null, 0), reason: 'There are 3 scales for axis 0 of the codes, which has 4 entries.' },
    { what: 'a zero point of another type', model: dequantized(codeTensor('c', 'int8', [3], [1, 2, 3]), scale, codeTensor('cz', 'uint8', [3], [0, 0, 0]), 0), reason: 'The codes are int8, their zero point is uint8.' },
    { what: 'one zero point beside several scales', model: dequantized(bias([1, 2, 3]), scale, bias([0], 'cz'), 0), reason: 'There are 3 scales and 1 zero points.' },
  ])('finds $what', async ({ model, reason }) => {
    expect(await findings(model, 'code-parameters')).toMatchObject([{ severity: 'error', node: 'other', tensor: 'c', reason }]);
  });

  it('warns of a bias with a zero point', async () => {
    expect(await findings(dequantized(bias([1, 2, 3]), scale, bias([0, 5, 0], 'cz'), 0), 'code-parameters')).toMatchObject([{ severity: 'warning', node: 'other' }]);
  });

  it('leaves what fits alone, from either end, and weights to the rule about axes', async () => {
    for (const axis of [0, -1]) expect(await findings(dequantized(bias([1, 2, 3]), scale, bias([0, 0, 0], 'cz'), axis), 'code-parameters')).toEqual([]);
    expect(await findings(dequantized(bias([1, 2, 3]), [0.1], null, 1), 'code-parameters')).toEqual([]);
    await none({ weight: { type: 'int8', scale: [0.1, 0.2, 0.3], axis: 0 } }, 'code-parameters');
  });
});

describe('operator-set', () => {
  const weight = { type: 'int8', scale: [0.01, 0.02, 0.03, 0.04], axis: 0 } as const;

  it('finds scales of channels before operator set 13', async () => {
    expect(await only({ opset: 12, weight }, 'operator-set')).toMatchObject({ severity: 'error', node: 'w_DQ', fix: expect.stringContaining('com.microsoft') as string });
    await none({ opset: 13, weight }, 'operator-set');
    await none({ opset: 12, weight: { ...weight, domain: 'com.microsoft' } }, 'operator-set');
    await none({ opset: 12, weight: { type: 'int8', scale: 0.01 } }, 'operator-set');
  });

  it('finds an axis that the operator does not have, even with one scale', async () => {
    expect(await only({ opset: 12, weight: { type: 'int8', scale: 0.01, axis: 0 } }, 'operator-set')).toMatchObject({ severity: 'error' });
  });

  it.each([
    { what: 'int4 codes', opset: 20, weight: { type: 'int4', scale: 0.01 }, fix: true },
    { what: 'uint16 codes', opset: 20, weight: { type: 'uint16', scale: 0.01 }, fix: true },
    { what: 'int2 codes', opset: 24, weight: { type: 'int2', scale: 0.01 }, fix: false },
  ] as const)('finds $what before their operator set', async ({ what, opset, weight: codes, fix }) => {
    const found = await only({ opset, weight: codes }, 'operator-set');
    expect(found.reason).toContain(what);
    expect(found.fix !== null).toBe(fix);
    await none({ opset: opset + 1, weight: codes }, 'operator-set');
  });

  it('finds blocks before operator set 21, which com.microsoft does not have', async () => {
    const blocks = { op: 'MatMul', dims: [32, 4], input: [3, 32], activation: null, output: null, weight: { type: 'int8', scale: Array<number>(8).fill(0.01), axis: 0, blockSize: 16 } } as const;
    expect(await only({ ...blocks, opset: 20 }, 'operator-set')).toMatchObject({ fix: null, reason: expect.stringContaining('blocks') as string });
    await none({ ...blocks, opset: 21 }, 'operator-set');
  });
});

describe('lowest-code', () => {
  /** Four channels with these lowest codes. */
  const codes = (...lowest: number[]): readonly number[] => lowest.flatMap((code) => [code, ...Array<number>(35).fill(3)]);
  const scale = [0.01, 0.02, 0.03, 0.04];

  it('finds −128 where the other channels end at −127', async () => {
    expect(await only({ weight: { type: 'int8', scale, axis: 0, codes: codes(-127, -128, -127, -90) } }, 'lowest-code')).toMatchObject({
      severity: 'warning',
      fix: 'Write −127 for −128',
      reason: expect.stringContaining('1 of 4 channels') as string,
    });
  });

  it('takes a model that goes down to −128 for what it is', async () => {
    await none({ weight: { type: 'int8', scale, axis: 0, codes: codes(-128, -128, -127, -60) } }, 'lowest-code');
    await none({ weight: { type: 'int8', scale, axis: 0, codes: codes(-127, -127, -127, -127) } }, 'lowest-code');
  });

  it('leaves asymmetric codes alone', async () => {
    await none({ weight: { type: 'int8', scale, axis: 0, zeroPoint: 3, codes: codes(-127, -128, -127, -127) } }, 'lowest-code');
  });

  it('judges one scale for a tensor by the other tensors of the model', async () => {
    const second = (lowest: number) => withParts(qdqModel({ weight: { type: 'int8', scale: 0.01, codes: codes(-128, 3, 3, 3) } }), {
      nodes: [node('DequantizeLinear', ['w2_codes', 'w2_scale'], ['w2'], { attributes: { axis: int(0) } }), node('Conv', ['y_back', 'w2'], ['v'], { name: 'second' })],
      initializers: [codeTensor('w2_codes', 'int8', [4, 4, 3, 3], codes(lowest, lowest, 3, 3)), floatTensor('w2_scale', [4], scale)],
      outputs: [valueInfo('v', 'float', null)],
    });
    expect(await findings(second(-127), 'lowest-code')).toMatchObject([{ node: 'layer' }]);
    expect(await findings(second(-128), 'lowest-code')).toEqual([]);
  });
});

describe('scale-value', () => {
  const weight = (scale: readonly number[], codes?: readonly number[]): QdqLayer => ({ weight: { type: 'int8', axis: 0, scale, ...(codes ? { codes } : {}) } });

  it('finds zero, NaN and infinity', async () => {
    expect(await only(weight([0.1, 0, 0.1, 0.1]), 'scale-value')).toMatchObject({ severity: 'error', tensor: 'w_scale', reason: expect.stringContaining('the first at 1, that are 0') as string });
    expect(await only(weight([0.1, 0.1, NaN, 0.1]), 'scale-value')).toMatchObject({ severity: 'error', reason: expect.stringContaining('NaN') as string });
    expect(await only(weight([Infinity, 0.1, 0.1, 0.1]), 'scale-value')).toMatchObject({ severity: 'error' });
    expect(await only({ activation: { type: 'uint8', scale: 0, zeroPoint: 0 } }, 'scale-value')).toMatchObject({ severity: 'error', consequence: expect.stringContaining('divides by zero') as string });
  });

  it('notes a zero scale under which nothing is lost', async () => {
    const codes = quietCodes(144).map((code, index) => (index >= 36 && index < 72 ? 0 : code));
    expect(await only(weight([0.1, 0, 0.1, 0.1], codes), 'scale-value')).toMatchObject({ severity: 'note' });
  });

  it('warns of subnormal scales, and not of the smallest normal one', async () => {
    expect(await only(weight([0.1, 1e-39, 0.1, 0.1]), 'scale-value')).toMatchObject({ severity: 'warning', reason: expect.stringContaining('subnormal') as string });
    await none(weight([0.1, 2 ** -126, 0.1, 0.1]), 'scale-value');
  });

  it('notes the zero scale of a bias whose codes are zero, too', async () => {
    const bias = (codes: readonly number[], scale: number | readonly number[]): QdqLayer => ({ bias: { codes, scale } });
    expect(await only(bias([1, 0, 2, 3], [0.1, 0, 0.1, 0.1]), 'scale-value')).toMatchObject({ severity: 'note', tensor: 'b_scale' });
    expect(await only(bias([0, 1, 2, 3], [0.1, 0, 0.1, 0.1]), 'scale-value')).toMatchObject({ severity: 'error' });
    expect(await only(bias([0, 1, 2, 3], 0), 'scale-value')).toMatchObject({ severity: 'error' });
    expect(await only(bias([0, 0, 0, 0], 0), 'scale-value')).toMatchObject({ severity: 'note' });
  });

  it('warns of negative scales of activations; those of weights are only multiplied', async () => {
    await none(weight([0.1, 0.1, -0.25, 0.1]), 'scale-value');
    expect(await only({ output: { type: 'uint8', scale: -0.05, zeroPoint: 3 } }, 'scale-value')).toMatchObject({ severity: 'warning' });
  });

  it('looks at the scales of integer operators', async () => {
    const model = {
      opsets: { '': 13 },
      graph: graph({
        nodes: [node('QLinearMatMul', ['x', 's', 'z', 'w', 'zero', 'wz', 's', 'z'], ['y'], { name: 'layer' })],
        initializers: [codeTensor('w', 'int8', [4, 2], quietCodes(8)), floatTensor('s', [], [0.1]), floatTensor('zero', [], [0]), codeTensor('z', 'uint8', [], [0]), codeTensor('wz', 'int8', [], [0])],
        inputs: [valueInfo('x', 'uint8', [3, 4])],
        outputs: [valueInfo('y', 'uint8', null)],
      }),
    };
    expect(await findings(model, 'scale-value')).toMatchObject([{ severity: 'error', node: 'layer', tensor: 'zero' }]);
  });

  it.each([
    { what: 'an int4 weight', type: 'int4', scale: 0, severity: 'note' },
    { what: 'an int4 weight', type: 'int4', scale: NaN, severity: 'error' },
    { what: 'an int8 weight', type: 'int8', scale: 0, severity: 'note' },
  ] as const)('takes a zero scale of one block of $what for a block of zeros ($scale: $severity)', async ({ type, scale, severity }) => {
    const scales = Array.from({ length: 8 }, (_, index) => (index === 3 ? scale : -0.1));
    const blocks: QdqLayer = { op: 'MatMul', dims: [32, 4], input: [3, 32], activation: null, output: null, weight: { type, scale: scales, axis: 0, blockSize: 16 } };
    expect(await only(blocks, 'scale-value')).toMatchObject({ severity });
  });

  it('looks at the scales of packed operators', async () => {
    const model = (value: number) => ({
      opsets: { '': 13, 'com.microsoft': 1 },
      graph: graph({
        nodes: [node('MatMulNBits', ['x', 'w', 's'], ['y'], { name: 'layer', domain: 'com.microsoft', attributes: { K: int(16), N: int(2), bits: int(4), block_size: int(16) } })],
        initializers: [codeTensor('w', 'uint8', [2, 1, 8], Array<number>(16).fill(0x88)), floatTensor('s', [2], [-0.1, value])],
        inputs: [valueInfo('x', 'float', [3, 16])],
        outputs: [valueInfo('y', 'float', null)],
      }),
    });
    expect(await findings(model(NaN), 'scale-value')).toMatchObject([{ severity: 'error', node: 'layer', tensor: 's' }]);
    expect(await findings(model(0), 'scale-value')).toMatchObject([{ severity: 'note' }]);
    expect(await findings(model(0.1), 'scale-value')).toEqual([]);
  });
});

describe('bias-scale', () => {
  const weight = { type: 'int8', scale: [0.01, 0.02, 0.03, 0.04], axis: 0, zeroPoint: 0 } as const;
  const gemm: QdqLayer = { op: 'Gemm', dims: [4, 4], input: [3, 4], attributes: { transB: int(1) }, weight };
  const bias = (factor: number, channel?: number): QdqLayer => ({ weight, bias: { scale: weight.scale.map((scale, index) => 0.02 * scale * (channel === undefined || channel === index ? factor : 1)) } });

  it('finds a scale that is not the product, which a Gemm takes for it', async () => {
    expect(await only({ ...gemm, ...bias(1.05, 2) }, 'bias-scale')).toMatchObject({ severity: 'error', node: 'layer', tensor: 'b', reason: expect.stringContaining('in channel 2') as string, consequence: expect.stringContaining('5.0 %') as string });
    expect(await only({ ...gemm, weight: { type: 'int8', scale: 0.01, zeroPoint: 0 }, bias: { scale: 0.01 } }, 'bias-scale')).toMatchObject({ severity: 'error' });
  });

  it('is a warning at a Conv, which runs in float then, and where it is small', async () => {
    expect(await only(bias(1.05), 'bias-scale')).toMatchObject({ severity: 'warning', consequence: expect.stringContaining('in float') as string });
    expect(await only({ ...gemm, ...bias(1.005) }, 'bias-scale')).toMatchObject({ severity: 'warning', consequence: expect.stringContaining('0.5 %') as string });
  });

  it('takes the last places of a float for what they are', async () => {
    for (const factor of [1, 1 + 2 ** -22, 1.0009]) await none({ ...gemm, ...bias(factor) }, 'bias-scale');
    await only({ ...gemm, ...bias(1.0011) }, 'bias-scale');
  });
});

describe('unpaired', () => {
  const scale = floatTensor('s', [], [0.1]);

  it('finds codes that are computed with as values', async () => {
    const model = (reader: ReturnType<typeof node>) => ({ graph: graph({ nodes: [node('QuantizeLinear', ['x', 's'], ['q'], { name: 'Q' }), reader], initializers: [scale], inputs: [valueInfo('x', 'float', [4])], outputs: [valueInfo('y', 'float', null)] }) });
    expect(await findings(model(node('Cast', ['q'], ['y'], { name: 'cast', attributes: { to: int(1) } })))).toMatchObject([{ rule: 'unpaired', severity: 'warning', node: 'Q', reason: expect.stringContaining('Cast ("cast")') as string }]);
    expect(await findings(model(node('DequantizeLinear', ['q', 's'], ['y'])))).toEqual([]);
    expect(await findings(model(node('Identity', ['q'], ['y'])))).toEqual([]);
    expect(await findings(model(node('Anything', ['q'], ['y'], { domain: 'vendor' })))).toEqual([]);
  });

  it('finds codes that nothing quantized', async () => {
    const model = (maker: ReturnType<typeof node>) => ({ graph: graph({ nodes: [maker, node('DequantizeLinear', ['q', 's'], ['y'], { name: 'DQ' })], initializers: [scale], inputs: [valueInfo('x', 'float', [4])], outputs: [valueInfo('y', 'float', null)] }) });
    expect(await findings(model(node('Cast', ['x'], ['q'], { attributes: { to: int(2) } })))).toMatchObject([{ rule: 'unpaired', severity: 'warning', node: 'DQ' }]);
    expect(await findings(model(node('QuantizeLinear', ['x', 's'], ['q'])))).toEqual([]);
  });

  it('finds pairs that disagree, also across operators that move codes', async () => {
    const model = (between: string, back: readonly string[]) => ({
      graph: graph({
        nodes: [node('QuantizeLinear', ['x', 's', 'z'], ['q']), node(between, ['q'], ['p']), node('DequantizeLinear', ['p', ...back], ['y'], { name: 'DQ' })],
        initializers: [scale, floatTensor('s2', [], [0.2]), floatTensor('same', [], [0.1]), codeTensor('z', 'uint8', [], [7]), codeTensor('z2', 'uint8', [], [8])],
        inputs: [valueInfo('x', 'float', [4])],
        outputs: [valueInfo('y', 'float', null)],
      }),
    });
    expect(await findings(model('Transpose', ['s2', 'z']))).toMatchObject([{ rule: 'unpaired', severity: 'warning', node: 'DQ' }]);
    expect(await findings(model('Identity', ['s', 'z2']))).toMatchObject([{ rule: 'unpaired' }]);
    expect(await findings(model('Transpose', ['same', 'z']))).toEqual([]);
  });

  it('takes NaN for the same on both sides', async () => {
    await none({ output: { type: 'uint8', scale: NaN, zeroPoint: 3 } }, 'unpaired');
  });

  it('notes a node whose output nothing reads', async () => {
    const dead = withParts(qdqModel(), { nodes: [node('QuantizeLinear', ['t', 'x_scale', 'x_zero'], ['nowhere'], { name: 'dead' })] });
    expect(await findings(dead, 'unpaired')).toMatchObject([{ severity: 'note', node: 'dead', fix: expect.stringContaining('Remove') as string }]);
  });

  it('sees readers in bodies of control flow', async () => {
    const body = graph({ nodes: [node('DequantizeLinear', ['q', 's'], ['inner'])], outputs: [valueInfo('inner', 'float', null)] });
    const model = { graph: graph({ nodes: [node('QuantizeLinear', ['x', 's'], ['q']), node('If', ['c'], ['y'], { attributes: { then_branch: graphAttribute(body), else_branch: graphAttribute(body) } })], initializers: [scale], inputs: [valueInfo('x', 'float', [4]), valueInfo('c', 'bool', [])], outputs: [valueInfo('y', 'float', null)] }) };
    expect(await findings(model)).toEqual([]);
  });
});

describe('saturation', () => {
  const at = (op: string, dims: readonly number[], input: readonly number[], codes: readonly number[], more: QdqLayer = {}): QdqLayer => ({ op, dims, input, ...more, weight: { type: 'int8', scale: 0.01, zeroPoint: 0, codes } });

  it('counts pairs along the sum of a matrix', async () => {
    // [K = 4, N = 2]: the pairs are rows 0 and 1, and rows 2 and 3, of one column.
    expect(await only(at('MatMul', [4, 2], [3, 4], [100, 1, 29, 1, 100, -100, 28, -29]), 'saturation')).toMatchObject({ severity: 'warning', reason: expect.stringMatching(/^2 of 4 pairs/) as string });
    await none(at('MatMul', [4, 2], [3, 4], [100, 1, 28, 1, 1, 100, 100, 28]), 'saturation');
    // transB: the sum runs along the rows.
    expect(await only(at('Gemm', [2, 4], [3, 4], [100, 29, 0, 0, 0, 100, 29, 0], { attributes: { transB: int(1) } }), 'saturation')).toMatchObject({ reason: expect.stringMatching(/^1 of 4 pairs/) as string });
  });

  it('counts pairs of a Conv over channels first, then over positions', async () => {
    // [1, 2, 1, 2]: in memory c0p0 c0p1 c1p0 c1p1; summed as c0p0 c1p0 c0p1 c1p1.
    expect(await only(at('Conv', [1, 2, 1, 2], [1, 2, 2, 2], [100, 0, 100, 0]), 'saturation')).toMatchObject({ reason: expect.stringMatching(/^1 of 2 pairs/) as string });
    await none(at('Conv', [1, 2, 1, 2], [1, 2, 2, 2], [100, 100, 0, 0]), 'saturation');
  });

  it('leaves uint8 weights, depthwise filters, 7-bit weights and float layers alone', async () => {
    const loud = Array<number>(144).fill(120);
    await none({ weight: { type: 'uint8', scale: 0.01, codes: loud } }, 'saturation');
    await none({ weight: { type: 'int8', scale: 0.01, codes: loud }, output: null }, 'saturation');
    await none({ weight: { type: 'int8', scale: 0.01, codes: Array<number>(144).fill(64) } }, 'saturation');
    await none({ dims: [4, 1, 3, 3], attributes: { group: int(4) }, weight: { type: 'int8', scale: 0.01, codes: Array<number>(36).fill(120) } }, 'saturation');
    await only({ weight: { type: 'int8', scale: 0.01, codes: loud } }, 'saturation');
  });
});

describe('unfused-activation', () => {
  const relu = [node('Relu', ['t'], ['u'])];
  const output = (type: 'uint8' | 'int8', zeroPoint: number, scale = 0.02) => ({ type, scale, zeroPoint }) as const;

  it('finds a Relu that saturation does not make superfluous', async () => {
    expect(await only({ between: relu, output: output('uint8', 1) }, 'unfused-activation')).toMatchObject({ severity: 'warning', node: 'layer', reason: expect.stringContaining('zero point 1') as string });
    expect(await only({ between: relu, output: output('int8', 0) }, 'unfused-activation')).toMatchObject({ severity: 'warning' });
    await none({ between: relu, output: output('uint8', 0) }, 'unfused-activation');
    await none({ between: relu, output: output('int8', -128) }, 'unfused-activation');
  });

  it('finds a Clip that cuts off what codes stand for', async () => {
    const clip = { between: [node('Clip', ['t', 'lo', 'hi'], ['u'])], initializers: [floatTensor('lo', [], [0]), floatTensor('hi', [], [6])] };
    expect(await only({ ...clip, output: output('uint8', 0, 0.1) }, 'unfused-activation')).toMatchObject({ reason: expect.stringContaining('Clip') as string });
    await none({ ...clip, output: output('uint8', 0, 6 / 255) }, 'unfused-activation');
  });

  it('has nothing to say where the layer is float anyway', async () => {
    await none({ between: relu, activation: null, output: output('uint8', 1) }, 'unfused-activation');
    await none({ op: 'ConvTranspose', between: relu, output: output('uint8', 1) }, 'unfused-activation');
  });
});

describe('unfused-width', () => {
  it('finds 4 and 16 bits around 8-bit kernels', async () => {
    expect(await only({ weight: { type: 'int4', scale: 0.1, codes: quietCodes(144).map((code) => code % 8) } }, 'unfused-width')).toMatchObject({ severity: 'warning', reason: expect.stringContaining('its weight is int4') as string });
    expect(await only({ activation: { type: 'uint16', scale: 0.001, zeroPoint: 5 } }, 'unfused-width')).toMatchObject({ reason: expect.stringContaining('its input is uint16') as string });
    expect(await only({ weight: { type: 'int16', scale: 0.1 }, activation: null, output: null }, 'unfused-width')).toMatchObject({ severity: 'note' });
  });

  it('leaves 4-bit MatMul beside float inputs alone, which has a kernel', async () => {
    const weight = { type: 'int4', scale: 0.1, codes: quietCodes(32 * 16).map((code) => code % 8) } as const;
    expect(await findings(qdqModel({ op: 'MatMul', dims: [32, 16], input: [3, 32], activation: null, output: null, weight }))).toEqual([]);
    expect(await only({ op: 'MatMul', dims: [32, 16], input: [3, 32], weight }, 'unfused-width')).toMatchObject({ severity: 'warning' });
  });
});

describe('runtime-dequantize', () => {
  const large = { dims: [16, 16, 3, 3], input: [1, 16, 6, 6], weight: { type: 'int8', scale: 0.01 } } as const;

  it('notes weights that are dequantized beside float inputs', async () => {
    expect(await only({ ...large, activation: null, output: null }, 'runtime-dequantize')).toMatchObject({ severity: 'note', node: 'layer' });
    await none(large, 'runtime-dequantize');
  });

  it('warns where the activations are quantized for nothing, and of tables', async () => {
    expect(await only({ ...large, output: null }, 'runtime-dequantize')).toMatchObject({ severity: 'warning', reason: expect.stringContaining('output of the Conv') as string });
    expect(await only({ op: 'Gather', dims: [64, 16], input: [2], activation: null, output: null, weight: { type: 'int8', scale: 0.01 } }, 'runtime-dequantize')).toMatchObject({ severity: 'warning', remedy: expect.stringContaining('GatherBlockQuantized') as string });
  });

  it('leaves small weights and MatMulNBits alone', async () => {
    await none({ activation: null, output: null, weight: { type: 'int8', scale: 0.01 } }, 'runtime-dequantize');
    await none({ op: 'MatMul', dims: [64, 16], input: [3, 64], activation: null, output: null, weight: { type: 'int8', scale: 0.01 } }, 'runtime-dequantize');
    expect(await only({ op: 'MatMul', dims: [64, 16], input: [3, 64], activation: null, output: null, weight: { type: 'int8', scale: Array<number>(64).fill(0.1), axis: 0 } }, 'runtime-dequantize')).toMatchObject({ severity: 'note' });
  });
});

describe('copied-weights', () => {
  const two = (second: ReturnType<typeof floatTensor>, more: readonly ReturnType<typeof node>[] = []) => ({
    graph: graph({
      nodes: [node('MatMul', ['x', 'a'], ['h']), node('MatMul', ['h', 'b'], ['y'], { name: 'second' }), ...more],
      initializers: [weightTensor('a', [32, 32]), second],
      inputs: [valueInfo('x', 'float', [3, 32])],
      outputs: [valueInfo('y', 'float', null)],
    }),
  });

  it('finds a tensor that is there twice', async () => {
    expect(await findings(two(weightTensor('b', [32, 32])))).toMatchObject([{ rule: 'copied-weights', severity: 'warning', node: 'second', tensor: 'b', fix: expect.stringContaining('"a"') as string }]);
  });

  it('is not led astray by one element, by shapes, or by tensors filled with one number', async () => {
    const values = weightValues(1024).map((value, index) => (index === 700 ? value * 2 : value));
    expect(await findings(two(floatTensor('b', [32, 32], values)))).toEqual([]);
    expect(await findings(two(weightTensor('b', [32, 16, 2])))).toEqual([]);
    const ones = two(floatTensor('b', [32, 32], Array<number>(1024).fill(1)));
    ones.graph.initializer![0] = floatTensor('a', [32, 32], Array<number>(1024).fill(1));
    expect(await findings(ones)).toEqual([]);
  });

  it('finds a matrix that is the transpose of another', async () => {
    const values = weightValues(32 * 48);
    const model = (change: number) => ({
      graph: graph({
        nodes: [node('MatMul', ['x', 'a'], ['h']), node('MatMul', ['h', 'b'], ['y'], { name: 'head' })],
        initializers: [floatTensor('a', [32, 48], values), floatTensor('b', [48, 32], Float32Array.from(values, (_, at) => values[(at % 32) * 48 + Math.floor(at / 32)]! + (at === 701 ? change : 0)))],
        inputs: [valueInfo('x', 'float', [3, 32])],
        outputs: [valueInfo('y', 'float', null)],
      }),
    });
    expect(await findings(model(0))).toMatchObject([{ rule: 'copied-weights', node: 'head', tensor: 'b', fix: null, reason: expect.stringContaining('"a" transposed') as string }]);
    expect(await findings(model(0.001))).toEqual([]);
    const same = model(0);
    same.graph.initializer![1] = floatTensor('b', [48, 32], values);
    expect(await findings(same)).toEqual([]);
  });

  it('finds copies in Constant nodes', async () => {
    const model = {
      graph: graph({
        nodes: [constant('a', weightTensor('', [32, 32])), constant('b', weightTensor('', [32, 32])), node('MatMul', ['x', 'a'], ['h']), node('MatMul', ['h', 'b'], ['y'])],
        inputs: [valueInfo('x', 'float', [3, 32])],
        outputs: [valueInfo('y', 'float', null)],
      }),
    };
    expect(await findings(model)).toMatchObject([{ rule: 'copied-weights', tensor: 'b' }]);
  });
});

describe('float-weights', () => {
  const beside = (dims: readonly [number, number]) => withParts(qdqModel({ op: 'MatMul', dims: [64, 64], input: [3, 64], weight: { type: 'int8', scale: 0.01 } }), {
    nodes: [node('MatMul', ['y_back', 'f'], ['v'], { name: 'float' })],
    initializers: [weightTensor('f', dims)],
    outputs: [valueInfo('v', 'float', null)],
  });

  it('tells large ones from small ones', async () => {
    expect(await findings(beside([64, 16]), 'float-weights')).toMatchObject([{ severity: 'warning', node: 'float', tensor: 'f' }]);
    expect(await findings(beside([64, 15]), 'float-weights')).toEqual([]);
  });

  it('finds float numbers in front of the pair that quantizes them', async () => {
    const simulated = withParts(qdqModel(), {
      nodes: [node('QuantizeLinear', ['f', 's', 'z'], ['codes']), node('DequantizeLinear', ['codes', 's', 'z'], ['back']), node('MatMul', ['m', 'back'], ['v'], { name: 'product' })],
      initializers: [weightTensor('f', [64, 64]), floatTensor('s', [], [0.1]), codeTensor('z', 'int8', [], [0]), weightTensor('m', [3, 64])],
      outputs: [valueInfo('v', 'float', null)],
    });
    expect(await findings(simulated, 'float-weights')).toMatchObject([{ severity: 'warning', node: 'product', tensor: 'f', consequence: expect.stringContaining('QuantizeLinear') as string }]);
  });

  it('has nothing to say about a float model', async () => {
    expect(await findings({ graph: graph({ nodes: [node('MatMul', ['x', 'f'], ['y'])], initializers: [weightTensor('f', [64, 64])], inputs: [valueInfo('x', 'float', [3, 64])], outputs: [valueInfo('y', 'float', null)] }) })).toEqual([]);
  });
});

describe('larger-than-original', () => {
  it('compares whole files', async () => {
    expect(await findings(qdqModel(), 'larger-than-original', { file: 'float.onnx', bytes: 100 })).toMatchObject([{ severity: 'warning', node: null, tensor: null }]);
    expect(await findings(qdqModel(), 'larger-than-original', { file: 'float.onnx', bytes: 1e6 })).toEqual([]);
    expect(await findings(qdqModel(), 'larger-than-original')).toEqual([]);
  });
});

it('calls nodes as the layer table does, those within a row too', async () => {
  const model = qdqModel({ opset: 12, weight: { type: 'int8', axis: 0, scale: [1, 2, 3, 4] } });
  const nameless = { ...model, graph: { ...model.graph, node: model.graph.node!.map((each) => ({ ...each, name: '' })) } };
  expect(await findings(nameless, 'operator-set')).toMatchObject([{ node: 'DequantizeLinear_2' }]);
});

it('works on functions, once however often they are called', async () => {
  const body = [node('DequantizeLinear', ['codes', 'scale'], ['w'], { attributes: { axis: int(1) } }), node('Conv', ['in', 'w'], ['out'], { name: 'inner' })];
  const model = {
    opsets: { '': 21, local: 1 },
    functions: [{ name: 'Block', domain: 'local', inputs: ['in'], outputs: ['out'], opsets: { '': 21 }, nodes: [constant('codes', codeTensor('', 'int8', [4, 4, 1, 1], quietCodes(16))), constant('scale', floatTensor('', [4], [1, 2, 3, 4])), ...body] }],
    graph: graph({ nodes: [node('Block', ['x'], ['h'], { domain: 'local' }), node('Block', ['h'], ['y'], { domain: 'local' })], inputs: [valueInfo('x', 'float', [1, 4, 4, 4])], outputs: [valueInfo('y', 'float', null)] }),
  };
  expect(await findings(model)).toMatchObject([{ rule: 'channel-axis', node: expect.stringContaining('inner') as string }]);
});

it('takes time in proportion to the model', TIMED, async () => {
  // Layers that have nearly every finding, one behind the other, all of whose tensors are inputs as well.
  const chain = async (layers: number): Promise<number> => {
    const parts = Array.from({ length: layers }, (_, index) => ({
      nodes: [
        node('QuantizeLinear', [index === 0 ? 'x' : `y${index - 1}`, 's'], [`q${index}`]),
        node('DequantizeLinear', [`q${index}`, 's'], [`d${index}`]),
        node('DequantizeLinear', [`w${index}`, `ws${index}`], [`v${index}`], { attributes: { axis: int(1) } }),
        node('Conv', [`d${index}`, `v${index}`], [`y${index}`]),
      ],
      initializers: [codeTensor(`w${index}`, 'int8', [16, 16, 2, 2], quietCodes(1024)), floatTensor(`ws${index}`, [16], new Float32Array(16))],
    }));
    const initializers = [floatTensor('s', [], [0.1]), ...parts.flatMap((part) => part.initializers)];
    const inputs = [valueInfo('x', 'float', [1, 16, 40, 40]), ...initializers.map(({ name }) => valueInfo(name!, 'float', null))];
    const bytes = buildModel({ opsets: { '': 12 }, irVersion: 3, graph: graph({ nodes: parts.flatMap((part) => part.nodes), initializers, inputs, outputs: [valueInfo(`y${layers - 1}`, 'float', null)] }) });
    const started = performance.now();
    const found = await auditBytes(bytes);
    const took = performance.now() - started;
    expect(found.length).toBeGreaterThan(3 * layers - 5);
    return took;
  };
  await chain(100);
  expect((await chain(1600)) / (await chain(400))).toBeLessThan(8);
});

it('survives cycles, missing values and odd attributes', async () => {
  const model = {
    opsets: { '': 21 },
    graph: graph({
      nodes: [node('Identity', ['a'], ['b']), node('Identity', ['b'], ['a']), node('DequantizeLinear', ['a', 'nowhere'], ['w']), node('Conv', ['x', 'w'], ['y'], { attributes: { group: float(2) } }), node('QuantizeLinear', [], ['q']), node('DequantizeLinear', ['q', 's'], [], { attributes: { axis: floats(1) } })],
      inputs: [valueInfo('x', 'float', [1, 4, 4, 4])],
      outputs: [valueInfo('y', 'float', null)],
    }),
  };
  expect((await findings(model)).every(({ severity }) => severity !== 'error')).toBe(true);
});
