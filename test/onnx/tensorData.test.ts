import type { onnx } from 'onnx-proto';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../src/onnx/model';
import { readModel } from '../../src/onnx/readModel';
import { inlineIntegers, loadBytes, loadFloats, loadIntegers } from '../../src/onnx/tensorData';
import type { ModelFiles } from '../../src/onnx/tensorData';
import { unpackVarints } from '../../src/onnx/typedData';
import { buildModel, concatBytes, externalTensor, floatTensor, graph, int64Tensor, rawTensor, typedTensor } from '../support/onnxBuilder';
import { memorySiblings, memorySource } from '../support/memorySource';

function open(tensor: onnx.ITensorProto, siblings: Record<string, Uint8Array> = {}): { tensor: Tensor; files: ModelFiles } {
  const source = memorySource(buildModel({ graph: graph({ initializers: [tensor] }) }));
  return { tensor: readModel(source).graph.initializers[0]!, files: { source, siblings: memorySiblings(siblings) } };
}

const floatsOf = (proto: onnx.ITensorProto): number[] => {
  const { tensor, files } = open(proto);
  return [...loadFloats(tensor, files)];
};
const integersOf = (proto: onnx.ITensorProto): number[] => {
  const { tensor, files } = open(proto);
  return loadIntegers(tensor, files);
};

const small = [0.5, -1.25, 3e-40, Infinity];
const large = Array.from({ length: 1000 }, (_, index) => Math.fround(Math.sin(index)));

describe.each([['small', small], ['large', large]])('%s float tensors', (_, values) => {
  const dims = [values.length];
  const rounded = [...Float32Array.from(values)];
  test('raw_data', () => { expect(floatsOf(floatTensor('t', dims, values))).toEqual(rounded); });
  test('float_data', () => { expect(floatsOf(typedTensor('t', 'float', dims, { floatData: [...values] }))).toEqual(rounded); });
  test('double_data', () => { expect(floatsOf(typedTensor('t', 'double', dims, { doubleData: [...values] }))).toEqual(values); });
  test('external', () => {
    const data = concatBytes([new Uint8Array(3), new Uint8Array(Float32Array.from(values).buffer)]);
    const { tensor, files } = open(externalTensor('t', 'float', dims, { location: 'data/weights.bin', offset: 3 }), { 'data/weights.bin': data });
    expect(tensor.storage).toEqual({ kind: 'external', location: 'data/weights.bin', offset: 3, length: values.length * 4 });
    expect([...loadFloats(tensor, files)]).toEqual(rounded);
  });
});

test.each([10, 2000])('halves in int32_data, %i of them', (count) => {
  const codes = Array.from({ length: count }, (_, index) => (index % 2 === 0 ? 0x3c00 : 0xc000));
  expect(floatsOf(typedTensor('t', 'float16', [count], { int32Data: codes }))).toEqual(codes.map((code) => (code === 0x3c00 ? 1 : -2)));
  expect(floatsOf(typedTensor('t', 'bfloat16', [2], { int32Data: [0x3f80, 0xc000] }))).toEqual([1, -2]);
});

test('integers of every type and field', () => {
  expect(integersOf(int64Tensor('t', [3], [1, -1, 5]))).toEqual([1, -1, 5]);
  expect(integersOf(typedTensor('t', 'int64', [3], { int64Data: [1, -1, 2 ** 40] }))).toEqual([1, -1, 2 ** 40]);
  expect(integersOf(typedTensor('t', 'int32', [2], { int32Data: [7, -7] }))).toEqual([7, -7]);
  expect(integersOf(typedTensor('t', 'int8', [2], { int32Data: [7, -7] }))).toEqual([7, -7]);
  expect(integersOf(typedTensor('t', 'bool', [2], { int32Data: [1, 0] }))).toEqual([1, 0]);
  expect(integersOf(typedTensor('t', 'uint16', [1], { int32Data: [65535] }))).toEqual([65535]);
  expect(integersOf(typedTensor('t', 'uint32', [1], { uint64Data: [2 ** 32 - 1] }))).toEqual([2 ** 32 - 1]);
  expect(integersOf(typedTensor('t', 'int4', [3], { int32Data: [0x8f, 0x07] }))).toEqual([-1, -8, 7]);
  expect(integersOf(rawTensor('t', 'int4', [3], Uint8Array.of(0x8f, 0x07)))).toEqual([-1, -8, 7]);
  expect(integersOf(rawTensor('t', 'uint4', [3], Uint8Array.of(0x8f, 0x07)))).toEqual([15, 8, 7]);
  expect(integersOf(rawTensor('t', 'int2', [5], Uint8Array.of(0b11100100, 0b10)))).toEqual([0, 1, -2, -1, -2]);
  expect(integersOf(typedTensor('t', 'int64', [600], { int64Data: Array.from({ length: 600 }, (_, index) => -index) }))[599]).toBe(-599);
});

test('64-bit integers are exact in bytes and nearest as numbers', () => {
  const stored = new Uint8Array(BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), -1n).buffer);
  const { tensor, files } = open(rawTensor('t', 'int64', [3], stored));
  expect(loadBytes(tensor, files)).toEqual(stored);
  expect(loadIntegers(tensor, files)).toEqual([2 ** 63, -(2 ** 63), -1]);

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

test('small integers need no file', () => {
  expect(inlineIntegers(open(int64Tensor('t', [2], [2, -3])).tensor)).toEqual([2, -3]);
  expect(inlineIntegers(open(floatTensor('t', [1], [1])).tensor)).toBeNull();
});
