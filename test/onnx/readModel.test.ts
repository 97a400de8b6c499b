import { expect, test } from 'vitest';
import { readModel } from '../../src/onnx/readModel';
import { buildModel, constant, floatTensor, graph, graphAttribute, int64Tensor, ints, node, valueInfo } from '../support/onnxBuilder';
import { memorySource } from '../support/memorySource';

const weights = Float32Array.from({ length: 4 * 3 * 9 * 4 }, (_, index) => Math.sin(index));

test('a small model is read with its places in the file', () => {
  const bytes = buildModel({
    graph: graph({
      name: 'net',
      nodes: [
        constant('shape', int64Tensor('', [2], [1, -1])),
        node('Conv', ['x', 'w'], ['y'], { name: '/conv', attributes: { kernel_shape: ints(3, 3) } }),
        node('If', ['cond'], ['z'], { attributes: { then_branch: graphAttribute(graph({ name: 'then', nodes: [node('Identity', ['y'], ['i'])] })) } }),
      ],
      initializers: [floatTensor('w', [16, 3, 3, 3], weights)],
      inputs: [valueInfo('x', 'float', ['batch', 3, 8, null])],
      outputs: [valueInfo('y', 'float', null)],
    }),
    opsets: { '': 17, 'com.microsoft': 1 },
    metadata: { author: 'me' },
  });
  const model = readModel(memorySource(bytes));

  expect(model.opsets).toEqual(new Map([['', 17], ['com.microsoft', 1]]));
  expect(model.metadata.get('author')).toBe('me');
  expect(model.graph.inputs).toEqual([{ name: 'x', type: { kind: 'tensor', elementType: 'float', shape: ['batch', 3, 8, null] } }]);
  expect(model.graph.outputs[0]!.type).toEqual({ kind: 'tensor', elementType: 'float', shape: null });
  const [shape, conv, branch] = model.graph.nodes;
  expect(conv!.attributes.get('kernel_shape')).toEqual({ kind: 'ints', value: [3, 3] });
  expect(shape!.attributes.get('value')).toMatchObject({ kind: 'tensor', value: { storage: { kind: 'inline' } } });
  expect(branch!.attributes.get('then_branch')).toMatchObject({ kind: 'graph', value: { nodes: [{ op: 'Identity' }] } });
  const [w] = model.graph.initializers;
  expect(w!.storage).toMatchObject({ kind: 'file', length: weights.byteLength });
  const at = w!.storage.kind === 'file' ? w!.storage.offset : 0;
  expect(bytes.slice(at, at + weights.byteLength)).toEqual(new Uint8Array(weights.buffer));
});
