import { describe, expect, test } from 'vitest';
import { NibbleError } from '../../src/errors';
import type { ErrorReason } from '../../src/errors';
import { LIMITS } from '../../src/onnx/limits';
import { readModel } from '../../src/onnx/readModel';
import { buildModel, concatBytes, floatTensor, graph, node, rawField, rawTensor, typedTensor, valueInfo, varint, varintField } from '../support/onnxBuilder';
import { memorySource } from '../support/memorySource';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

function failure(bytes: Uint8Array, limits = LIMITS): NibbleError {
  try {
    readModel(memorySource(bytes, 'net.onnx'), limits);
  } catch (error) {
    if (NibbleError.is(error)) return error;
    throw error;
  }
  throw new Error('It was read without an error.');
}

function expectFailure(bytes: Uint8Array, reason: ErrorReason, message: RegExp): void {
  const error = failure(bytes);
  expect(error.message).toMatch(message);
  expect(error.message).toContain('net.onnx');
  expect(error.reason).toBe(reason);
}

const good = buildModel({
  graph: graph({
    nodes: [node('MatMul', ['x', 'w'], ['y'])],
    initializers: [floatTensor('w', [40, 10], new Array<number>(400).fill(1))],
    inputs: [valueInfo('x', 'float', [1, 40])],
    outputs: [valueInfo('y', 'float', [1, 10])],
  }),
});

describe('files of another kind', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(), /is empty\. Download/],
    ['blank', ascii('\n\n   \n'), /blank/],
    ['text', ascii('Dear reader,\nthis is not a model.\n'), /a text file/],
    ['web page', ascii('<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>'), /a web page/],
    ['JSON', ascii('{"irVersion": "8", "graph": {}}'), /a JSON text/],
    ['Git LFS pointer', ascii('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'), /Git LFS pointer.*git lfs pull/],
    ['zip', concatBytes([ascii('PK\u0003\u0004'), new Uint8Array(60)]), /a zip archive/],
    ['gzip', concatBytes([Uint8Array.of(0x1f, 0x8b, 8, 0), new Uint8Array(60)]), /a gzip archive/],
    ['ORT', concatBytes([Uint8Array.of(0x18, 0, 0, 0), ascii('ORTM'), new Uint8Array(60)]), /\.ort format/],
    ['TensorFlow Lite', concatBytes([Uint8Array.of(0x1c, 0, 0, 0), ascii('TFL3'), new Uint8Array(60)]), /TensorFlow Lite/],
    ['HDF5', concatBytes([Uint8Array.of(0x89), ascii('HDF\r\n'), new Uint8Array(60)]), /Keras/],
    ['GGUF', concatBytes([ascii('GGUF'), new Uint8Array(60)]), /GGUF/],
    ['pickle', concatBytes([Uint8Array.of(0x80, 2, 0x8a, 10), new Uint8Array(60).fill(0xff)]), /pickle/],
    ['safetensors', concatBytes([Uint8Array.of(100, 0, 0, 0, 0, 0, 0, 0), ascii('{"w":{"dtype":"F32"')]), /safetensors/],
    ['random bytes', Uint8Array.from({ length: 300 }, (_, index) => (index * 167 + 255) % 256), /content is of another kind/],
    ['bytes above ASCII that are no text', new Uint8Array(400).fill(0xee), /content is of another kind/],
    ['text in another language', new TextEncoder().encode('Это не модель.\n'.repeat(40)), /a text file/],
    ['protobuf without a graph', concatBytes([varintField(1, 8), rawField(2, ascii('tool'))]), /holds no graph/],
  ])('%s', (_, bytes, message) => {
    expectFailure(bytes, 'not-onnx', message);
  });
});

describe('damaged files', () => {
  test('cut anywhere before the end of its graph, a file gives an error that tells of it', () => {
    for (let length = 1; length < readModel(memorySource(good)).graph.span.end; length++) {
      const error = failure(good.slice(0, length));
      expect(['truncated', 'not-onnx']).toContain(error.reason);
    }
    expectFailure(good.slice(0, good.length - 100), 'truncated', new RegExp(`cut short: the content at byte \\d+ goes on to byte \\d+, but the file ends at byte ${good.length - 100}\\. Download`));
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['a length beyond its message', concatBytes([varintField(1, 8), rawField(7, concatBytes([varint(0x0a), varint(900), new Uint8Array(20)])), rawField(2, new Uint8Array(2000))]), /at byte \d+ a length of 900/],
    ['a length of 2^60', concatBytes([varintField(1, 8), varint(0x3a), varint(2 ** 60)]), /cut short: the content at byte \d+ claims to be longer than any file/],
    ['a number without end', concatBytes([varintField(1, 8), varint(0x3a), new Uint8Array(40).fill(0xff)]), /longer than 64 bits/],
    ['two graphs', concatBytes([good, rawField(7, new Uint8Array())]), /a second GraphProto/],
    ['a group that is not closed', concatBytes([varintField(1, 8), rawField(7, concatBytes([varint(70 * 8 + 3), varintField(1, 1)])), new Uint8Array(9)]), /valid field|no end|runs over/],
    ['a group closed by another', concatBytes([varintField(1, 8), varint(70 * 8 + 3), varint(71 * 8 + 4)]), /was not open/],
    ['field number 0', concatBytes([varintField(1, 8), Uint8Array.of(0, 0)]), /no valid field/],
    ['wire type 7', concatBytes([varintField(1, 8), Uint8Array.of(0x0f)]), /no valid field/],
    ['a packed list that ends inside an element', concatBytes([varintField(1, 8), rawField(7, rawField(5, rawField(1, Uint8Array.of(0x80))))]), /inside an element/],
  ])('%s', (_, bytes, message) => {
    const { reason } = failure(bytes);
    expect(['malformed', 'truncated']).toContain(reason);
    expectFailure(bytes, reason, message);
  });
});

describe('tensors that contradict themselves', () => {
  const withTensor = (tensor: ReturnType<typeof rawTensor>): Uint8Array => buildModel({ graph: graph({ initializers: [tensor] }) });

  test.each<[string, ReturnType<typeof rawTensor>, RegExp]>([
    ['too few bytes', rawTensor('w', 'float', [3], new Uint8Array(8)), /takes 12 bytes.*but 8 bytes/],
    ['too many bytes', rawTensor('w', 'int4', [3], new Uint8Array(3)), /takes 2 bytes.*but 3 bytes/],
    ['large and too short', rawTensor('w', 'float', [600], new Uint8Array(2396)), /takes 2400 bytes/],
    ['no data', rawTensor('w', 'float', [3], new Uint8Array()), /takes 12 bytes|no data/],
    ['a negative dimension', rawTensor('w', 'float', [-1], new Uint8Array(4)), /a dimension of -1/],
    ['a shape of 2^80 elements', rawTensor('w', 'float', [2 ** 40, 2 ** 40], new Uint8Array(4)), /which no computer can hold/],
    ['typed data of another count', typedTensor('w', 'int64', [3], { int64Data: [1, 2] }), /another number/],
    ['large typed data of another count', typedTensor('w', 'int32', [7000], { int32Data: new Array<number>(6000).fill(1) }), /cannot be what/],
    ['a huge shape over a few typed values', typedTensor('w', 'int32', [2 ** 48], { int32Data: [1] }), /another number/],
  ])('%s', (_, tensor, message) => {
    expectFailure(withTensor(tensor), 'malformed', message);
    expect(failure(withTensor(tensor)).subject.tensor).toBe('w');
  });

  test('zero-size tensors are legal', () => {
    const bytes = withTensor(rawTensor('w', 'float', [0, 7], new Uint8Array()));
    expect(readModel(memorySource(bytes)).graph.initializers[0]!.storage).toEqual({ kind: 'inline', bytes: new Uint8Array() });
  });

  test('an element type of a later standard is kept without a check', () => {
    const bytes = withTensor({ name: 'w', dataType: 99, dims: [3], rawData: new Uint8Array(5) });
    expect(readModel(memorySource(bytes)).graph.initializers[0]).toMatchObject({ dataType: 'undefined', storage: { kind: 'inline' } });
  });
});

describe('limits', () => {
  const nested = (depth: number): Uint8Array => {
    // Graph → node → attribute → graph …: three messages a level.
    let inner = new Uint8Array();
    for (let level = 0; level < depth; level++) inner = rawField(level % 3 === 2 ? 1 : level % 3 === 1 ? 5 : 6, inner) as typeof inner;
    return concatBytes([varintField(1, 8), rawField(7, depth % 3 === 0 ? inner : rawField(1, inner))]);
  };
  const nestedTypes = (depth: number): Uint8Array => {
    let type = new Uint8Array();
    for (let level = 0; level < depth; level++) type = rawField(level % 2 === 0 ? 1 : 4, type) as typeof type;
    return concatBytes([varintField(1, 8), rawField(7, rawField(11, rawField(2, type)))]);
  };

  test('nesting', () => {
    expect(() => readModel(memorySource(nestedTypes(96)))).not.toThrow();
    const error = failure(nestedTypes(98));
    expect(error.reason).toBe('limit');
    expect(error.message).toMatch(/nested more than 100 levels/);
    expect(() => readModel(memorySource(nested(99)))).not.toThrow();
  });

  test('a million levels end in an error and not in a stack overflow', () => {
    // Built from the inside out with prefixes of constant width, since lengths only grow.
    const depth = 1_000_000;
    const bytes = new Uint8Array(depth * 6 + 2);
    bytes.set([0x08, 8]);
    for (let level = 0; level < depth; level++) {
      const at = 2 + level * 6;
      const rest = bytes.length - at - 6;
      bytes[at] = level === 0 ? 0x3a : [0x0a, 0x2a, 0x32][(level - 1) % 3]!;
      for (let index = 0; index < 5; index++) bytes[at + 1 + index] = (Math.floor(rest / 128 ** index) % 128) | (index < 4 ? 0x80 : 0);
    }
    expect(failure(bytes).reason).toBe('limit');
    const groups = new Uint8Array(1_000_000).fill(0x7b, 2);
    groups.set([0x08, 8]);
    expect(failure(groups).reason).toBe('limit');
  });

  test('parts', () => {
    // The graph, its three nodes and the operator set.
    const five = buildModel({ graph: graph({ nodes: [node('A', [], []), node('B', [], []), node('C', [], [])] }) });
    expect(() => readModel(memorySource(five), { ...LIMITS, parts: 5 })).not.toThrow();
    expect(failure(five, { ...LIMITS, parts: 4 })).toMatchObject({ reason: 'limit' });
  });

  test('elements that are written one by one, or in long lists, count as parts', () => {
    const one = concatBytes([varint(4 * 8 + 5), new Uint8Array(4)]);
    const unpacked = (count: number): Uint8Array =>
      concatBytes([varintField(1, 8), rawField(7, rawField(5, concatBytes([varintField(1, count), varintField(2, 1), ...new Array<Uint8Array>(count).fill(one)])))]);
    // The graph, the tensor, its dimension, then the elements.
    expect(() => readModel(memorySource(unpacked(100)), { ...LIMITS, parts: 103 })).not.toThrow();
    expect(failure(unpacked(101), { ...LIMITS, parts: 103 })).toMatchObject({ reason: 'limit' });
    const list = (count: number): Uint8Array => concatBytes([varintField(1, 8), rawField(7, rawField(1, rawField(5, rawField(8, new Uint8Array(count)))))]);
    expect(() => readModel(memorySource(list(800)), { ...LIMITS, parts: 103 })).not.toThrow();
    expect(failure(list(801), { ...LIMITS, parts: 103 })).toMatchObject({ reason: 'limit' });
  });

  test('payloads are captured only up to the limit of the structure', () => {
    const bytes = buildModel({ graph: graph({ initializers: ['a', 'b', 'c'].map((label) => floatTensor(label, [250], new Float32Array(250))) }) });
    const { graph: read } = readModel(memorySource(bytes), { ...LIMITS, structureBytes: 2100 });
    expect(read.initializers.map(({ storage }) => storage.kind)).toEqual(['inline', 'inline', 'file']);
  });

  test('structure', () => {
    const size = 5000;
    const bytes = buildModel({ graph: graph({ nodes: [] }), metadata: { note: 'x'.repeat(size) } });
    expect(() => readModel(memorySource(bytes), { ...LIMITS, structureBytes: size + 100 })).not.toThrow();
    expect(failure(bytes, { ...LIMITS, structureBytes: size })).toMatchObject({ reason: 'limit' });
  });

  test('names', () => {
    const named = (length: number): Uint8Array => buildModel({ graph: graph({ nodes: [node('A', [], [], { name: 'n'.repeat(length) })] }) });
    expect(() => readModel(memorySource(named(LIMITS.nameBytes)))).not.toThrow();
    expect(failure(named(LIMITS.nameBytes + 1))).toMatchObject({ reason: 'limit' });
  });

  test('rank', () => {
    const ranked = (rank: number): Uint8Array => buildModel({ graph: graph({ initializers: [floatTensor('w', new Array<number>(rank).fill(1), [1])] }) });
    expect(() => readModel(memorySource(ranked(64)))).not.toThrow();
    expect(failure(ranked(65))).toMatchObject({ reason: 'limit', subject: { tensor: 'w' } });
  });
});
