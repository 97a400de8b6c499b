import { onnx } from 'onnx-proto';
import { expect, test } from 'vitest';
import { replaceTensorData } from '../../src/onnx/edits';
import { MAX_MODEL_FILE_BYTES } from '../../src/onnx/externalLayout';
import { chunksOf, CHUNK_BYTES } from '../../src/onnx/filePlanChunks';
import { INLINE_PAYLOAD_BYTES, INLINE_ATTRIBUTE_BYTES } from '../../src/onnx/limits';
import { copyOf, hole } from '../../src/onnx/pieces';
import { readModel } from '../../src/onnx/readModel';
import { planSplice } from '../../src/onnx/splice';
import { buildModel, concatBytes, floatTensor, graph, ints, node, text, typedTensor, valueInfo, varint } from '../support/onnxBuilder';
import { memorySource } from '../support/memorySource';
import { VirtualFile } from '../support/virtualFile';

/** `count` MatMuls, each with a square weight of `side`; the weights are zeros that take no memory. */
function matmuls(count: number, side: number): VirtualFile {
  const bytes = side * side * 4;
  const heads = Array.from({ length: count }, (_, index) => {
    const head = concatBytes([onnx.TensorProto.encode({ dims: [side, side], dataType: 1, name: `w${index}` }).finish(), varint(9 * 8 + 2), varint(bytes)]);
    return concatBytes([varint(5 * 8 + 2), varint(head.length + bytes), head]);
  });
  const nodes = Array.from({ length: count }, (_, index) => node('MatMul', [`h${index}`, `w${index}`], [`h${index + 1}`], { name: `/layers.${index}/MatMul` }));
  const structure = onnx.GraphProto.encode(graph({ nodes, inputs: [valueInfo('h0', 'float', [1, side])] })).finish();
  const length = structure.length + heads.reduce((sum, head) => sum + head.length + bytes, 0);
  const file = new VirtualFile().append(concatBytes([Uint8Array.of(0x08, 8, 7 * 8 + 2), varint(length), structure]));
  for (const head of heads) file.append(head).appendZeros(bytes);
  return file;
}

test('of a model of 1.6 GB, a four-thousandth is read', () => {
  const file = matmuls(400, 1024);
  expect(file.size).toBeGreaterThan(1.6e9);
  const model = readModel(file);
  expect(model.graph.initializers[399]!.storage).toMatchObject({ kind: 'file', length: 4 * 2 ** 20 });
  expect(file.bytesRead).toBeLessThan(400_000);
});

test('offsets beyond 4 GiB are read and written right', () => {
  const file = matmuls(6, 16_384);
  expect(file.size).toBeGreaterThan(6 * 2 ** 30);
  const model = readModel(file);
  const last = model.graph.initializers[5]!;
  expect(last.storage).toEqual({ kind: 'file', offset: file.size - 2 ** 30, length: 2 ** 30 });

  const plan = planSplice(file, [replaceTensorData(last, { kind: 'raw', pieces: [hole('w', 2 ** 30)] })]);
  expect(plan.size).toBe(file.size);
  expect(plan.size).toBeGreaterThan(MAX_MODEL_FILE_BYTES);
  expect(plan.holes.get('w')).toEqual({ offset: file.size - 2 ** 30, length: 2 ** 30 });
});

test('copies come in chunks of a mebibyte, in order, and stop at a cancel', () => {
  const file = matmuls(1, 1024);
  const plan = planSplice(file, []);
  let position = 0;
  for (const { offset, bytes } of chunksOf(plan, () => file)) {
    expect(offset).toBe(position);
    expect(bytes.length).toBeLessThanOrEqual(CHUNK_BYTES);
    position += bytes.length;
  }
  expect(position).toBe(file.size);
  const controller = new AbortController();
  const chunks = chunksOf(plan, () => file, controller.signal);
  chunks.next();
  controller.abort();
  expect(() => chunks.next()).toThrow(/Cancelled/);
});

test('a piece may be longer than what a chunk has left', () => {
  const file = new VirtualFile().appendZeros(3 * CHUNK_BYTES);
  const plan = { size: 2 * CHUNK_BYTES + 15, holes: new Map(), pieces: [{ kind: 'bytes', bytes: new Uint8Array(10).fill(1) }, copyOf({ start: 0, end: 2 * CHUNK_BYTES }), { kind: 'bytes', bytes: new Uint8Array(5).fill(2) }] } as const;
  const written = new Uint8Array(plan.size);
  for (const { offset, bytes } of chunksOf(plan, () => file)) written.set(bytes, offset);
  expect([...written.slice(0, 12)]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
  expect([...written.slice(-6)]).toEqual([0, 2, 2, 2, 2, 2]);
});

test('payloads are kept up to their limit and left in the file beyond it', () => {
  const storages = (count: number) =>
    readModel(
      memorySource(
        buildModel({
          graph: graph({
            initializers: [
              floatTensor('raw', [count], new Float32Array(count)),
              typedTensor('float_data', 'float', [count], { floatData: [...new Float32Array(count)] }),
              typedTensor('int32_data', 'int32', [count * 4], { int32Data: new Array<number>(count * 4).fill(1) }),
            ],
          }),
        }),
      ),
    ).graph.initializers.map(({ storage }) => storage.kind);
  expect(storages(INLINE_PAYLOAD_BYTES / 4)).toEqual(['inline', 'inline', 'inline']);
  expect(storages(INLINE_PAYLOAD_BYTES / 4 + 1)).toEqual(['file', 'file', 'typed']);
});

test('an attribute beyond its limit is left in the file', () => {
  const kindOf = (large: onnx.IAttributeProto) => readModel(memorySource(buildModel({ graph: graph({ nodes: [node('Op', [], [], { attributes: { large } })] }) }))).graph.nodes[0]!.attributes.get('large')!.kind;
  expect(kindOf(text('x'.repeat(INLINE_ATTRIBUTE_BYTES)))).toBe('string');
  expect(kindOf(text('x'.repeat(INLINE_ATTRIBUTE_BYTES + 1)))).toBe('other');
  const numbers = new Array<number>(INLINE_ATTRIBUTE_BYTES).fill(1);
  expect(kindOf(ints(...numbers.slice(0, 100)))).toBe('ints');
  expect(kindOf({ type: onnx.AttributeProto.AttributeType.INTS, ints: numbers })).toBe('ints');
  expect(kindOf({ type: onnx.AttributeProto.AttributeType.INTS, ints: [...numbers, 1] })).toBe('other');
});

test('fifty thousand nodes are read in a fraction of a second', () => {
  const nodes = Array.from({ length: 50_000 }, (_, index) => node('Relu', [`v${index}`], [`v${index + 1}`], { name: `/stage.${index % 100}/Relu_${index}` }));
  const bytes = buildModel({ graph: graph({ nodes }) });
  const started = performance.now();
  expect(readModel(memorySource(bytes)).graph.nodes).toHaveLength(50_000);
  // Measured at 0.2 s on an idle core; the bound only tells it from a quadratic walk on a busy machine.
  expect(performance.now() - started).toBeLessThan(10_000);
});
