import { onnx } from 'onnx-proto';
import { describe, expect, test } from 'vitest';
import type { Attribute, Model, Tensor, ValueType } from '../../src/onnx/model';
import { readModel } from '../../src/onnx/readModel';
import { loadBytes } from '../../src/onnx/tensorData';
import { buildModel, concatBytes, float, floats, floatTensor, graph, int, int64Tensor, ints, node, rawField, reference, text, texts, tensorAttribute, valueInfo, varint, varintField } from '../support/onnxBuilder';
import { memorySiblings, memorySource } from '../support/memorySource';

const { AttributeType } = onnx.AttributeProto;

const read = (bytes: Uint8Array): Model => readModel(memorySource(bytes));

function floatsOf(tensor: Tensor, bytes: Uint8Array): number[] {
  return [...new Float32Array(loadBytes(tensor, { source: memorySource(bytes), siblings: memorySiblings() }).buffer)];
}

function attributeOf(attribute: onnx.IAttributeProto): Attribute | undefined {
  return read(buildModel({ graph: graph({ nodes: [node('Op', [], [], { attributes: { a: attribute } })] }) })).graph.nodes[0]!.attributes.get('a');
}

describe('attributes', () => {
  test.each<[string, onnx.IAttributeProto, Attribute]>([
    ['int', int(-3), { kind: 'int', value: -3 }],
    ['float', float(0.5), { kind: 'float', value: 0.5 }],
    ['string', text('é'), { kind: 'string', value: 'é' }],
    ['ints', ints(1, -1), { kind: 'ints', value: [1, -1] }],
    ['floats', floats(0.5, -1), { kind: 'floats', value: [0.5, -1] }],
    ['strings', texts('a', ''), { kind: 'strings', value: ['a', ''] }],
    ['reference', reference('axis'), { kind: 'reference', name: 'axis' }],
    ['type', { type: AttributeType.TYPE_PROTO, tp: { tensorType: { elemType: 1 } } }, { kind: 'type', value: { kind: 'tensor', elementType: 'float', shape: null } }],
    ['a tensor that is missing', { type: AttributeType.TENSOR }, { kind: 'other' }],
  ])('%s', (_, attribute, expected) => {
    expect(attributeOf(attribute)).toEqual(expected);
  });

  test.each<[string, onnx.IAttributeProto, string]>([
    ['f', { f: 0.5 }, 'float'],
    ['i', { i: 0 }, 'int'],
    ['s', { s: new Uint8Array() }, 'string'],
    ['t', { t: floatTensor('', [1], [1]) }, 'tensor'],
    ['g', { g: graph({}) }, 'graph'],
    ['floats', { floats: [1] }, 'floats'],
    ['ints', { ints: [1] }, 'ints'],
    ['strings', { strings: [new Uint8Array(1)] }, 'strings'],
    ['tensors', { tensors: [floatTensor('', [1], [1])] }, 'tensors'],
    ['graphs', { graphs: [graph({})] }, 'graphs'],
    ['nothing', {}, 'other'],
  ])('without a type, as in the first files, it follows from the field: %s', (_, attribute, kind) => {
    expect(attributeOf(attribute)?.kind).toBe(kind);
  });

  test('lists of tensors and graphs keep their places in the file', () => {
    const bytes = buildModel({
      graph: graph({
        nodes: [node('Op', [], [], { attributes: { t: { type: AttributeType.TENSORS, tensors: [floatTensor('one', [300], new Array<number>(300).fill(1)), floatTensor('two', [300], new Array<number>(300).fill(2))] }, g: { type: AttributeType.GRAPHS, graphs: [graph({ name: 'a' }), graph({ name: 'b' })] } } })],
      }),
    });
    const { attributes } = read(bytes).graph.nodes[0]!;
    const tensors = attributes.get('t');
    if (tensors?.kind !== 'tensors') throw new Error('no tensors');
    expect(tensors.value.map((tensor) => floatsOf(tensor, bytes)[0])).toEqual([1, 2]);
    expect(attributes.get('g')).toMatchObject({ kind: 'graphs', value: [{ name: 'a' }, { name: 'b' }] });
  });

  test('a kind of the future is kept without being read', () => {
    const content = concatBytes([rawField(1, new TextEncoder().encode('a')), varintField(20, 99), rawField(50, Uint8Array.of(1))]);
    const model = read(concatBytes([varintField(1, 8), rawField(7, rawField(1, rawField(5, content)))]));
    expect(model.graph.nodes[0]!.attributes.get('a')).toEqual({ kind: 'other' });
  });

  test('the largest integers stay huge', () => {
    // 2^63 − 1: "to the end" in a Slice.
    const content = concatBytes([rawField(1, new TextEncoder().encode('ends')), varint(3 * 8), Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 127), varintField(20, 2)]);
    const model = read(concatBytes([varintField(1, 8), rawField(7, rawField(1, rawField(5, content)))]));
    expect(model.graph.nodes[0]!.attributes.get('ends')).toEqual({ kind: 'int', value: 2 ** 63 });
  });
});

test('types of values', () => {
  const tensorType = { elemType: 1, shape: { dim: [{ dimValue: 2 }, { dimParam: 'n' }, {}, { dimValue: -1 }] } };
  const types: onnx.ITypeProto[] = [
    { tensorType },
    { sparseTensorType: { elemType: 11 } },
    { sequenceType: { elemType: { tensorType } } },
    { optionalType: { elemType: { tensorType: { elemType: 7 } } } },
    { mapType: { keyType: 8, valueType: { tensorType: { elemType: 1, shape: { dim: [] } } } } },
    {},
  ];
  const model = read(buildModel({ graph: graph({ inputs: types.map((type, index) => ({ name: `v${index}`, type })) }) }));
  const tensor: ValueType = { kind: 'tensor', elementType: 'float', shape: [2, 'n', null, null] };
  expect(model.graph.inputs.map(({ type }) => type)).toEqual([
    tensor,
    { kind: 'sparse', elementType: 'double', shape: null },
    { kind: 'sequence', element: tensor },
    { kind: 'optional', element: { kind: 'tensor', elementType: 'int64', shape: null } },
    { kind: 'map', keyType: 'string', value: { kind: 'tensor', elementType: 'float', shape: [] } },
    { kind: 'unknown' },
  ]);
});

test('sparse initializers', () => {
  const sparse = { values: floatTensor('s', [2], [5, 6]), indices: int64Tensor('', [2], [1, 7]), dims: [3, 3] };
  const [tensor] = read(buildModel({ graph: graph({ sparseInitializers: [sparse] }) })).graph.sparseInitializers;
  expect(tensor).toMatchObject({ dims: [3, 3], values: { name: 's', dims: [2] }, indices: { dataType: 'int64' } });
  expect(() => read(buildModel({ graph: graph({ sparseInitializers: [{ values: sparse.values, dims: [3] }] }) }))).toThrow(/lacks its values or its indices/);
});

test('fields that onnx-proto does not know: overloads, and what functions declare', () => {
  const call = concatBytes([rawField(4, new TextEncoder().encode('F')), rawField(8, new TextEncoder().encode('fast'))]);
  const definition = concatBytes([
    rawField(1, new TextEncoder().encode('F')),
    rawField(10, new TextEncoder().encode('local')),
    rawField(6, new TextEncoder().encode('alpha')),
    rawField(11, onnx.AttributeProto.encode({ name: 'beta', type: AttributeType.FLOAT, f: 2, t: tensorAttribute(floatTensor('', [1], [1])).t! }).finish()),
    rawField(12, onnx.ValueInfoProto.encode(valueInfo('h', 'float', [4])).finish()),
    rawField(13, new TextEncoder().encode('fast')),
  ]);
  const model = read(concatBytes([varintField(1, 10), rawField(7, rawField(1, call)), rawField(25, definition)]));
  expect(model.graph.nodes[0]!.overload).toBe('fast');
  expect(model.functions[0]).toMatchObject({
    name: 'F', domain: 'local', overload: 'fast', attributes: ['alpha', 'beta'], valueInfo: [{ name: 'h', type: { kind: 'tensor', shape: [4] } }],
  });
});

test("both spellings of the standard domain are ''", () => {
  const model = read(buildModel({ graph: graph({ nodes: [node('Relu', [], [], { domain: 'ai.onnx' })] }), opsets: { 'ai.onnx': 17 } }));
  expect(model.graph.nodes[0]!.domain).toBe('');
  expect(model.opsets).toEqual(new Map([['', 17]]));
});

test('what stands twice where protobuf joins or overrides', () => {
  const floatField = (...values: number[]): Uint8Array => rawField(4, new Uint8Array(Float32Array.from(values).buffer));
  const header = concatBytes([varintField(1, 3), varintField(2, 1), rawField(8, new TextEncoder().encode('t'))]);
  const withTensor = (content: Uint8Array): Uint8Array => concatBytes([varintField(1, 8), rawField(7, rawField(5, content))]);
  const elements = (bytes: Uint8Array): number[] => floatsOf(read(bytes).graph.initializers[0]!, bytes);
  // Runs of a packed field are joined; of raw_data the last counts.
  expect(elements(withTensor(concatBytes([floatField(1), header, floatField(2, 3)])))).toEqual([1, 2, 3]);
  const raw = (...values: number[]): Uint8Array => rawField(9, new Uint8Array(Float32Array.from(values).buffer));
  expect(elements(withTensor(concatBytes([raw(9, 9, 9), header, raw(1, 2, 3)])))).toEqual([1, 2, 3]);
  // Also when one of the pieces is too large to have been kept.
  const many = Array.from({ length: 999 }, (_, index) => index);
  const large = concatBytes([varintField(1, 1000), varintField(2, 1), floatField(-1), floatField(...many)]);
  expect(elements(withTensor(large))).toEqual([-1, ...many]);
});
