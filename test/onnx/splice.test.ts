import { describe, expect, test } from 'vitest';
import {
  appendInitializer, appendNodes, insertNodesBefore, removeDeclarations, removeTensor, replaceTensorData, setIrVersion, setOpsets,
} from '../../src/onnx/edits';
import { dataTypeCode } from '../../src/onnx/dtypes';
import { ExternalLayout } from '../../src/onnx/externalLayout';
import type { Attribute, Model, Tensor } from '../../src/onnx/model';
import { bytesPiece, copyOf, hole, textField, varintField } from '../../src/onnx/pieces';
import type { Piece } from '../../src/onnx/pieces';
import { readModel } from '../../src/onnx/readModel';
import { planSplice } from '../../src/onnx/splice';
import type { MessageEdit } from '../../src/onnx/splice';
import { loadBytes } from '../../src/onnx/tensorData';
import { assemble } from '../support/assemble';
import {
  buildModel, constant, floatTensor, graph, graphAttribute, int64Tensor, ints, node, rawField, varintField as varintBytes, concatBytes, valueInfo,
} from '../support/onnxBuilder';
import { memorySiblings, memorySource } from '../support/memorySource';

const weights = Array.from({ length: 600 }, (_, index) => index / 8);
const raw = (bytes: Uint8Array) => ({ kind: 'raw', pieces: [bytesPiece(bytes)] }) as const;

/** A node's `input` field with other names. */
const inputs = (...names: string[]): ReadonlyMap<number, readonly Piece[]> => new Map([[1, names.flatMap((name) => textField(1, name))]]);

function sample(): Uint8Array {
  return buildModel({
    graph: graph({
      nodes: [
        constant('c', floatTensor('', [600], weights)),
        node('MatMul', ['x', 'w'], ['y'], { name: 'first', attributes: { note: ints(1, 2) } }),
        node('If', ['cond'], ['z'], {
          name: 'branch',
          attributes: { then_branch: graphAttribute(graph({ nodes: [node('MatMul', ['y', 'inner'], ['i'], { name: 'inside' })], initializers: [floatTensor('inner', [20, 30], weights)] })) },
        }),
      ],
      initializers: [floatTensor('w', [30, 20], weights), int64Tensor('shape', [2], [1, -1])],
      inputs: [valueInfo('x', 'float', [1, 30]), valueInfo('w', 'float', [30, 20])],
      outputs: [valueInfo('z', 'float', null)],
    }),
    functions: [{ name: 'F', domain: 'local', inputs: ['a'], outputs: ['b'], nodes: [node('Relu', ['a'], ['b'], { name: 'in function' })] }],
    // Fields that no ONNX version has given out yet, at the top, as a newer file might bring them.
    extra: [rawField(77, Uint8Array.of(1, 2, 3)), varintBytes(78, 300)],
  });
}

function edit(bytes: Uint8Array, makeEdits: (model: Model) => readonly MessageEdit[], holes: Record<string, Uint8Array> = {}): { model: Model; bytes: Uint8Array } {
  const plan = planSplice(memorySource(bytes), makeEdits(readModel(memorySource(bytes))));
  const changed = assemble(plan, bytes, holes);
  return { model: readModel(memorySource(changed)), bytes: changed };
}

function attributeTensor(attribute: Attribute | undefined): Tensor {
  if (attribute?.kind !== 'tensor') throw new Error('no tensor');
  return attribute.value;
}

const values = (tensor: Tensor, bytes: Uint8Array, siblings: Record<string, Uint8Array> = {}): number[] => [
  ...new Float32Array(loadBytes(tensor, { source: memorySource(bytes), siblings: memorySiblings(siblings) }).buffer),
];

describe('without edits', () => {
  test('a file is one copy of itself', () => {
    const bytes = sample();
    const plan = planSplice(memorySource(bytes), []);
    expect(plan.pieces).toEqual([{ kind: 'copy', from: null, start: 0, end: bytes.length }]);
    expect(assemble(plan, bytes)).toEqual(bytes);
  });
});

describe('edits of one kind', () => {
  test('tensors in a Constant, in a branch and at the top are reached alike', () => {
    const content = new Uint8Array(Float32Array.from(weights, (value) => -value).buffer);
    const tensorsIn = ({ graph: { nodes, initializers } }: Model): readonly Tensor[] => {
      const branch = nodes[2]!.attributes.get('then_branch');
      return [attributeTensor(nodes[0]!.attributes.get('value')), initializers[0]!, ...(branch?.kind === 'graph' ? branch.value.initializers : [])];
    };
    const { model, bytes } = edit(sample(), (before) => tensorsIn(before).map((tensor) => replaceTensorData(tensor, raw(content))));
    expect(tensorsIn(model).map(({ name, dims }) => [name, dims])).toEqual([['', [600]], ['w', [30, 20]], ['inner', [20, 30]]]);
    for (const tensor of tensorsIn(model)) expect(values(tensor, bytes)).toEqual(weights.map((value) => -value));
    expect(bytes.length).toBe(sample().length);
  });

  test('several edits of one message are applied together', () => {
    const { model } = edit(sample(), ({ graph: { initializers, span } }) => {
      const [w] = initializers;
      return [
        replaceTensorData(w!, raw(new Uint8Array(600))),
        { span: w!.span, replace: new Map([[1, varintField(1, 600)], [2, varintField(2, dataTypeCode('int8'))]]) },
        { span, append: textField(2, 'renamed') },
      ];
    });
    expect(model.graph).toMatchObject({ name: 'renamed', initializers: [{ name: 'w', dataType: 'int8', dims: [600], storage: { kind: 'inline' } }, { name: 'shape' }] });
  });

  test('nodes are inserted, appended, removed and rewired', () => {
    const { model } = edit(sample(), (before) => [
      insertNodesBefore(before.graph, before.graph.nodes[1]!, [
        { op: 'DequantizeLinear', name: 'dq', domain: 'com.microsoft', inputs: ['codes', 'scale'], outputs: ['w_float'], attributes: { axis: { int: 1 }, block_size: { int: 32 } } },
      ]),
      { span: before.graph.nodes[1]!.span, replace: inputs('x', 'w_float', '') },
      { span: before.graph.nodes[0]!.span, remove: true },
      appendNodes(before.graph, [{ op: 'Relu', name: 'last', inputs: ['z'], outputs: ['zz'] }]),
      appendNodes(before.functions[0]!, [{ op: 'Neg', name: 'negate', inputs: ['b'], outputs: ['n'] }]),
    ]);
    expect(model.graph.nodes.map(({ name }) => name)).toEqual(['dq', 'first', 'branch', 'last']);
    expect(model.graph.nodes[1]).toMatchObject({ inputs: ['x', 'w_float', ''], outputs: ['y'] });
    expect(model.graph.nodes[1]!.attributes.get('note')).toEqual({ kind: 'ints', value: [1, 2] });
    expect(model.graph.nodes[0]!.attributes).toEqual(
      new Map<string, Attribute>([['axis', { kind: 'int', value: 1 }], ['block_size', { kind: 'int', value: 32 }]]),
    );
    expect(model.functions[0]!.nodes.map(({ op }) => op)).toEqual(['Relu', 'Neg']);
  });

  test('initializers are appended and removed', () => {
    const { model } = edit(sample(), (before) => [
      removeTensor(before.graph.initializers[0]!),
      appendInitializer(before.graph, { name: 'scale', dataType: 'float', dims: [], data: raw(new Uint8Array(4)) }),
    ]);
    expect(model.graph.initializers.map(({ name }) => name)).toEqual(['shape', 'scale']);
    expect(model.graph.initializers[1]!.dims).toEqual([]);
  });

  test('opsets are raised and added, in the model and in a function; the IR version is set', () => {
    const { model } = edit(sample(), (before) => [
      setOpsets(before, new Map([['', 21], ['com.microsoft', 1]])),
      setOpsets(before.functions[0]!, new Map([['', 21]])),
      setIrVersion(before, 10),
    ]);
    expect(model.opsets).toEqual(new Map([['', 21], ['com.microsoft', 1]]));
    expect(model.functions[0]!.opsets).toEqual(new Map([['', 21]]));
    expect(model.irVersion).toBe(10);
  });

  test('declarations of chosen names go, others stay', () => {
    const { model } = edit(sample(), (before) => [removeDeclarations(before.graph, new Set(['w']))]);
    expect(model.graph.inputs.map(({ name }) => name)).toEqual(['x']);
    const both = edit(sample(), (before) => [removeDeclarations(before.graph, new Set(['w'])), removeDeclarations(before.graph, new Set(['x']))]);
    expect(both.model.graph.inputs).toEqual([]);
  });
});

test('holes lie where the plan says and are left out of the chunks', () => {
  const bytes = sample();
  const codes = Uint8Array.from({ length: 600 }, (_, index) => index % 251);
  const model = readModel(memorySource(bytes));
  const edits = [
    removeTensor(model.graph.initializers[0]!),
    appendInitializer(model.graph, { name: 'w', dataType: 'uint8', dims: [30, 20], data: { kind: 'raw', pieces: [hole('w:codes', 600)] } }),
    appendInitializer(model.graph, { name: 's', dataType: 'float', dims: [20], data: { kind: 'raw', pieces: [hole('w:scales', 80)] } }),
  ];
  const plan = planSplice(memorySource(bytes), edits);
  const changed = assemble(plan, bytes, { 'w:codes': codes, 'w:scales': new Uint8Array(80).fill(1) });
  const [, w, s] = readModel(memorySource(changed)).graph.initializers;
  expect(w!.storage).toEqual({ kind: 'inline', bytes: codes });
  expect(s!.storage).toEqual({ kind: 'inline', bytes: new Uint8Array(80).fill(1) });
  expect(changed.length).toBe(plan.size);
});

test('what is unknown to the schema survives around edits', () => {
  // A node and its graph with fields of the future before and behind the known ones.
  const future = (field: number): Uint8Array => rawField(field, Uint8Array.of(9, 9, 9));
  const inner = concatBytes([future(90), rawField(1, new TextEncoder().encode('x')), rawField(4, new TextEncoder().encode('Relu')), rawField(8, new TextEncoder().encode('overload')), future(91)]);
  const bytes = concatBytes([future(99), varintBytes(1, 13), rawField(7, concatBytes([future(92), rawField(1, inner), future(93)])), future(98)]);
  const { model, bytes: changed } = edit(bytes, (before) => [{ span: before.graph.nodes[0]!.span, replace: inputs('yyy') }]);
  expect(model.graph.nodes[0]).toMatchObject({ inputs: ['yyy'], op: 'Relu', overload: 'overload' });
  const expected = concatBytes([future(99), varintBytes(1, 13), rawField(7, concatBytes([future(92), rawField(1, concatBytes([future(90), rawField(1, new TextEncoder().encode('yyy')), inner.slice(9)])), future(93)])), future(98)]);
  expect(changed).toEqual(expected);
});

test('large tensors move to an external file, aligned, and read the same', () => {
  const bytes = sample();
  const model = readModel(memorySource(bytes));
  const layout = new ExternalLayout('model.onnx.data');
  layout.add([bytesPiece(new Uint8Array(5))]);
  const edits = model.graph.initializers.flatMap((tensor) => {
    if (tensor.storage.kind !== 'file') return [];
    const { offset, length } = tensor.storage;
    return [replaceTensorData(tensor, { kind: 'external', place: layout.add([copyOf({ start: offset, end: offset + length })]) })];
  });
  const changed = assemble(planSplice(memorySource(bytes), edits), bytes);
  const data = assemble(layout.plan(), bytes);
  const [w] = readModel(memorySource(changed)).graph.initializers;
  expect(w!.storage).toEqual({ kind: 'external', location: 'model.onnx.data', offset: 4096, length: 2400 });
  expect(values(w!, changed, { 'model.onnx.data': data })).toEqual(weights);

  // And back into the file.
  const back = planSplice(memorySource(changed), [replaceTensorData(w!, { kind: 'raw', pieces: [copyOf({ start: 4096, end: 4096 + 2400 }, 'model.onnx.data')] })]);
  const inside = assemble(back, changed, {}, { 'model.onnx.data': data });
  expect(values(readModel(memorySource(inside)).graph.initializers[0]!, inside)).toEqual(weights);
});

test('tensors of a megabyte and more lie at multiples of 64 KiB', () => {
  const layout = new ExternalLayout('data');
  expect(layout.add([hole('a', 10)]).offset).toBe(0);
  expect(layout.add([hole('b', 2 ** 20 - 1)]).offset).toBe(4096);
  expect(layout.add([hole('c', 2 ** 20)]).offset % 65536).toBe(0);
});

test('a span that is no message is refused', () => {
  const bytes = sample();
  expect(() => planSplice(memorySource(bytes), [{ span: { start: 5, end: 9 }, remove: true }])).toThrow(/no message/);
});
