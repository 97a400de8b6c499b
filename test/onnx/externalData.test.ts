import { describe, expect, test } from 'vitest';
import { NibbleError } from '../../src/errors';
import { checkExternalData } from '../../src/onnx/checkExternalData';
import { checkExternalLocation } from '../../src/onnx/externalLocation';
import { readModel } from '../../src/onnx/readModel';
import { loadBytes } from '../../src/onnx/tensorData';
import { buildModel, constant, externalTensor, graph } from '../support/onnxBuilder';
import { memorySiblings, memorySource } from '../support/memorySource';

const modelWith = (...tensors: ReturnType<typeof externalTensor>[]): Uint8Array => buildModel({ graph: graph({ initializers: tensors }) });

function failure(run: () => unknown): NibbleError {
  try {
    run();
  } catch (error) {
    if (NibbleError.is(error)) return error;
    throw error;
  }
  throw new Error('No error.');
}

describe('where external data may be', () => {
  test.each(['weights.bin', 'data/weights.bin', './weights.bin', 'a..b', '...', 'é 😀.bin', '%2e%2e/x'])('%s is accepted', (location) => {
    expect(() => { checkExternalLocation(location, 'w', 'net.onnx'); }).not.toThrow();
  });

  test.each(['', '/etc/passwd', '../x', 'a/../../x', '..', 'a/..', '.', './', 'a/', 'a/.', 'C:\\x', 'c:x', '\\\\server\\share', '..\\x', 'a\0b', 'x.bin:stream', 'file:///x'])('%j is refused', (location) => {
    const error = failure(() => readModel(memorySource(modelWith(externalTensor('w', 'float', [2], { location })))));
    expect(error).toMatchObject({ reason: 'unsafe-path', subject: { tensor: 'w' } });
  });
});

test('offset and length have to be positions, and to match the shape', () => {
  const at = (place: { offset?: number | string; length?: number | string }): NibbleError =>
    failure(() => readModel(memorySource(modelWith(externalTensor('w', 'float', [2], { location: 'd', ...place })))));
  expect(at({ offset: '-1' })).toMatchObject({ reason: 'malformed' });
  expect(at({ offset: '1e3' })).toMatchObject({ reason: 'malformed' });
  expect(at({ offset: '99999999999999999999' })).toMatchObject({ reason: 'malformed' });
  expect(at({ offset: String(Number.MAX_SAFE_INTEGER) })).toMatchObject({ reason: 'malformed' });
  expect(at({ length: 7 }).message).toMatch(/takes 8 bytes.*7 bytes/);
  expect(at({ length: '' })).toMatchObject({ reason: 'malformed' });
});

test('a model opens without its data; what is missing or short is told, file by file', () => {
  const model = readModel(
    memorySource(
      buildModel({
        graph: graph({
          nodes: [constant('c', externalTensor('c', 'float', [4], { location: 'gone.bin' }))],
          initializers: [
            externalTensor('a', 'float', [2], { location: 'short.bin', offset: 0 }),
            externalTensor('b', 'float', [2], { location: 'short.bin', offset: 8 }),
            externalTensor('d', 'float', [2], { location: 'whole.bin' }),
          ],
        }),
      }),
    ),
  );
  const siblings = memorySiblings({ 'short.bin': new Uint8Array(15), 'whole.bin': new Uint8Array(8) });
  expect(checkExternalData(model, siblings).map(({ tensor, location, tensors }) => [tensor, location, tensors])).toEqual([['a', 'short.bin', 2], ['c', 'gone.bin', 1]]);
  expect(checkExternalData(model, siblings)[0]!.message).toMatch(/2 tensors \('a' and others\) in 'short.bin', but that file has 15 bytes where 16 are needed\. Put/);
  expect(checkExternalData(model, memorySiblings({ 'short.bin': new Uint8Array(16), 'whole.bin': new Uint8Array(8), 'gone.bin': new Uint8Array(16) }))).toEqual([]);

  const files = { source: memorySource(new Uint8Array(1), 'net.onnx'), siblings };
  const [a, b] = model.graph.initializers;
  expect(loadBytes(a!, files)).toEqual(new Uint8Array(8));
  expect(failure(() => loadBytes(b!, files))).toMatchObject({ reason: 'external-data', subject: { tensor: 'b' } });
});
