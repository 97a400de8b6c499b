import type { onnx } from 'onnx-proto';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../src/onnx/model';
import { readModel } from '../../src/onnx/readModel';
import { loadBytes, MAX_LOADED_BYTES } from '../../src/onnx/tensorData';
import type { ModelFiles } from '../../src/onnx/tensorData';
import { unpackVarints } from '../../src/onnx/typedData';
import { buildModel, concatBytes, externalTensor, floatTensor, graph, int64Tensor, rawTensor, typedTensor } from '../support/onnxBuilder';
import { memorySiblings, memorySource } from '../support/memorySource';
import { VirtualFile } from '../support/virtualFile';

function open(tensor: onnx.ITensorProto, siblings: Record<string, Uint8Array> = {}): { tensor: Tensor; files: ModelFiles } {
  const source = memorySource(buildModel({ graph: graph({ initializers: [tensor] }) }));
  return { tensor: readModel(source).graph.initializers[0]!, files: { source, siblings: memorySiblings(siblings) } };
}

/** The stored bytes of a tensor, viewed as the elements of a typed array. */
function elements<T>(proto: onnx.ITensorProto, view: new (buffer: ArrayBufferLike) => Iterable<T>, siblings: Record<string, Uint8Array> = {}): T[] {
  const { tensor, files } = open(proto, siblings);
  return [...new view(loadBytes(tensor, files).buffer)];
}

const small = [0.5, -1.25, 3e-40, Infinity];
const large = Array.from({ length: 1000 }, (_, index) => Math.fround(Math.sin(index)));

describe.each([['small', small], ['large', large]])('%s float tensors', (_, values) => {
  const dims = [values.length];
  const rounded = [...Float32Array.from(values)];
  test('raw_data', () => { expect(elements(floatTensor('t', dims, values), Float32Array)).toEqual(rounded); });
  test('float_data', () => { expect(elements(typedTensor('t', 'float', dims, { floatData: [...values] }), Float32Array)).toEqual(rounded); });
  test('double_data', () => { expect(elements(typedTensor('t', 'double', dims, { doubleData: [...values] }), Float64Array)).toEqual(values); });
  test('external', () => {
    const data = concatBytes([new Uint8Array(3), new Uint8Array(Float32Array.from(values).buffer)]);
    const { tensor, files } = open(externalTensor('t', 'float', dims, { location: 'data/weights.bin', offset: 3 }), { 'data/weights.bin': data });
    expect(tensor.storage).toEqual({ kind: 'external', location: 'data/weights.bin', offset: 3, length: values.length * 4 });
    expect([...new Float32Array(loadBytes(tensor, files).buffer)]).toEqual(rounded);
  });
});

test.each([10, 2000])('halves in int32_data, %i of them', (count) => {
  const codes = Array.from({ length: count }, (_, index) => (index % 2 === 0 ? 0x3c00 : 0xc000));
  expect(elements(typedTensor('t', 'float16', [count], { int32Data: codes }), Uint16Array)).toEqual(codes);
  expect(elements(typedTensor('t', 'bfloat16', [2], { int32Data: [0x3f80, 0xc000] }), Uint16Array)).toEqual([0x3f80, 0xc000]);
});

test('integers of every type and field', () => {
  expect(elements(int64Tensor('t', [3], [1, -1, 5]), BigInt64Array)).toEqual([1n, -1n, 5n]);
  expect(elements(typedTensor('t', 'int64', [3], { int64Data: [1, -1, 2 ** 40] }), BigInt64Array)).toEqual([1n, -1n, 2n ** 40n]);
  expect(elements(typedTensor('t', 'int32', [2], { int32Data: [7, -7] }), Int32Array)).toEqual([7, -7]);
  expect(elements(typedTensor('t', 'int8', [2], { int32Data: [7, -7] }), Int8Array)).toEqual([7, -7]);
  expect(elements(typedTensor('t', 'bool', [2], { int32Data: [1, 0] }), Uint8Array)).toEqual([1, 0]);
  expect(elements(typedTensor('t', 'uint16', [1], { int32Data: [65535] }), Uint16Array)).toEqual([65535]);
  expect(elements(typedTensor('t', 'uint32', [1], { uint64Data: [2 ** 32 - 1] }), Uint32Array)).toEqual([2 ** 32 - 1]);
  // Packed codes: one number for each byte, as in raw_data.
  expect(elements(typedTensor('t', 'int4', [3], { int32Data: [0x8f, 0x07] }), Uint8Array)).toEqual([0x8f, 0x07]);
  const many = Array.from({ length: 600 }, (_, index) => -index);
  expect(elements(typedTensor('t', 'int64', [600], { int64Data: many }), BigInt64Array)).toEqual(many.map(BigInt));
});

test('64-bit integers keep all their bits', () => {
  const stored = new Uint8Array(BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), -1n).buffer);
  const { tensor, files } = open(rawTensor('t', 'int64', [3], stored));
  expect(loadBytes(tensor, files)).toEqual(stored);

  const ones = new Uint8Array(8).fill(0xff);
  const largest = [...ones, 0x7f];
  const smallest = [...new Uint8Array(9).fill(0x80), 0x01];
  const minusOne = [...ones, 0xff, 0x01];
  expect(unpackVarints(Uint8Array.from([...largest, ...smallest, ...minusOne]), 'int64', 3)).toEqual(stored);
});

test('a run of varints has to hold exactly as many as the shape says', () => {
  expect(unpackVarints(Uint8Array.of(1, 2, 3), 'int32', 3)).not.toBeNull();
  expect(unpackVarints(Uint8Array.of(1, 2, 3), 'int32', 2)).toBeNull();
  expect(unpackVarints(Uint8Array.of(1, 2, 3), 'int32', 4)).toBeNull();
  expect(unpackVarints(Uint8Array.of(1, 2, 0x80), 'int32', 3)).toBeNull();
});

test('what cannot be loaded says why', () => {
  const texts = open(typedTensor('t', 'string', [1], { stringData: [Uint8Array.of(65)] }));
  expect(() => loadBytes(texts.tensor, texts.files)).toThrow(expect.objectContaining({ reason: 'unsupported' }) as Error);
  const huge = (length: number): Tensor => ({ name: 't', dataType: 'uint8', dims: [length], storage: { kind: 'file', offset: 0, length }, span: { start: 0, end: 0 } });
  const files = { source: new VirtualFile(), siblings: memorySiblings() };
  expect(() => loadBytes(huge(MAX_LOADED_BYTES + 1), files)).toThrow(expect.objectContaining({ reason: 'limit' }) as Error);
  expect(() => loadBytes(huge(MAX_LOADED_BYTES), files)).toThrow(expect.objectContaining({ reason: 'truncated' }) as Error);
});
