import fc from 'fast-check';
import { onnx } from 'onnx-proto';
import { buildModel, externalTensor, float, floatTensor, graph, graphAttribute, int, int64Tensor, ints, node, rawTensor, tensorAttribute, text, typedTensor, valueInfo } from './onnxBuilder';
import type { FunctionParts } from './onnxBuilder';

const name = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('', 'x', 'w', '/layer1/conv', '<b>"é😀</b>', 'ai.onnx'));
const dims = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 });
const countOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
const sequence = (count: number): number[] => Array.from({ length: count }, (_, index) => index - 3);

/** A tensor of a random shape, its elements stored in one of the ways that ONNX has. Up to 26 KB, so both sides of the inline limit. */
const tensor: fc.Arbitrary<onnx.ITensorProto> = fc.tuple(name, dims, fc.integer({ min: 0, max: 7 })).map(([label, shape, way]) => {
  const values = sequence(countOf(shape));
  switch (way) {
    case 0:
      return floatTensor(label, shape, values);
    case 1:
      return int64Tensor(label, shape, values);
    case 2:
      return typedTensor(label, 'float', shape, { floatData: values });
    case 3:
      return typedTensor(label, 'int64', shape, { int64Data: values });
    case 4:
      return typedTensor(label, 'int8', shape, { int32Data: values });
    case 5:
      return typedTensor(label, 'double', shape, { doubleData: values });
    case 6:
      return rawTensor(label, 'uint4', shape, new Uint8Array(Math.ceil(values.length / 2)).fill(0x21));
    default:
      return externalTensor(label, 'float', shape, { location: 'weights.bin', offset: 4096 });
  }
});

const info = fc
  .tuple(name, fc.option(fc.array(fc.oneof(fc.nat(512), fc.constantFrom('batch', 'seq'), fc.constant(null)), { maxLength: 4 })))
  .map(([label, shape]) => valueInfo(label, 'float', shape));

const { graphs, nodes } = fc.letrec<{ graphs: onnx.IGraphProto; nodes: onnx.INodeProto; attributes: onnx.IAttributeProto }>((tie) => ({
  attributes: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'graph' },
    fc.maxSafeInteger().map(int),
    fc.float({ noNaN: true }).map(float),
    name.map(text),
    fc.array(fc.maxSafeInteger(), { maxLength: 4 }).map((values) => ints(...values)),
    tensor.map(tensorAttribute),
    tie('graphs').map(graphAttribute),
  ),
  nodes: fc
    .record({
      op: fc.constantFrom('Conv', 'MatMul', 'Constant', 'If', 'Custom'),
      name,
      domain: fc.constantFrom('', 'com.microsoft', 'ai.onnx'),
      inputs: fc.array(name, { maxLength: 3 }),
      outputs: fc.array(name, { maxLength: 2 }),
      attributes: fc.dictionary(fc.constantFrom('a', 'value', 'then_branch', 'axis'), tie('attributes'), { maxKeys: 3 }),
    })
    .map(({ op, inputs, outputs, ...rest }) => node(op, inputs, outputs, rest)),
  graphs: fc
    .record({
      name,
      nodes: fc.array(tie('nodes'), { maxLength: 4, depthIdentifier: 'graph' }),
      initializers: fc.array(tensor, { maxLength: 3 }),
      inputs: fc.array(info, { maxLength: 2 }),
      outputs: fc.array(info, { maxLength: 2 }),
      valueInfo: fc.array(info, { maxLength: 2 }),
    })
    .map(graph),
}));

const functions: fc.Arbitrary<FunctionParts> = fc.record({
  name,
  domain: name,
  inputs: fc.array(name, { maxLength: 2 }),
  outputs: fc.array(name, { maxLength: 2 }),
  attributes: fc.array(name, { maxLength: 2 }),
  nodes: fc.array(nodes, { maxLength: 2 }),
  overload: name,
  valueInfo: fc.array(info, { maxLength: 2 }),
});

/** The bytes of a random model: nested graphs, functions, all ways to store tensors. Valid as a file, not as a network. */
export const modelBytes: fc.Arbitrary<Uint8Array> = fc
  .record({
    graph: graphs,
    opsets: fc.dictionary(fc.constantFrom('', 'com.microsoft', 'custom'), fc.integer({ min: 1, max: 25 })),
    irVersion: fc.integer({ min: 3, max: 13 }),
    producerName: name,
    metadata: fc.dictionary(name, name, { maxKeys: 2 }),
    functions: fc.array(functions, { maxLength: 2 }),
  })
  .map(buildModel);

/** Decodes with onnx-proto alone, for comparisons. */
export function decodePlain(bytes: Uint8Array): onnx.IModelProto {
  return onnx.ModelProto.toObject(onnx.ModelProto.decode(bytes), { longs: Number, bytes: Array, arrays: true });
}
