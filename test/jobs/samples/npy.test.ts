import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NibbleError } from '../../../src/errors';
import { allocate } from '../../../src/jobs/samples/convert';
import { decodeNpy, encodeNpy } from '../../../src/jobs/samples/npy';
import { elementCount } from '../../../src/runtime/tensorValue';
import { npy } from '../../support/npy';

describe('decodeNpy', () => {
  it.each([
    ['<f4', 'float', Float32Array.of(1.5, -2)],
    ['<f8', 'double', Float64Array.of(1.5, -2)],
    ['<f2', 'float16', Uint16Array.of(0x3c00, 0xc000)],
    ['|i1', 'int8', Int8Array.of(-1, 2)],
    ['|u1', 'uint8', Uint8Array.of(255, 2)],
    ['|b1', 'bool', Uint8Array.of(1, 0)],
    ['<i2', 'int16', Int16Array.of(-300, 2)],
    ['<u2', 'uint16', Uint16Array.of(60000, 2)],
    ['<i4', 'int32', Int32Array.of(-70000, 2)],
    ['<u4', 'uint32', Uint32Array.of(4e9, 2)],
    ['<i8', 'int64', BigInt64Array.of(-(2n ** 60n), 2n)],
    ['<u8', 'uint64', BigUint64Array.of(2n ** 63n, 2n)],
  ])('reads %s', (descr, dataType, data) => {
    expect(decodeNpy(npy(descr, [2], data), 'f')).toEqual({ dataType, dims: [2], data });
    expect(decodeNpy(npy(descr, [2], data, { version: 2 }), 'f').data).toEqual(data);
  });

  it('reads scalars, empty arrays and big-endian numbers', () => {
    expect(decodeNpy(npy('<f4', [], Float32Array.of(3)), 'f')).toMatchObject({ dims: [], data: Float32Array.of(3) });
    expect(decodeNpy(npy('<f4', [0, 3], new Float32Array(0)), 'f')).toMatchObject({ dims: [0, 3], data: new Float32Array(0) });
    expect(decodeNpy(npy('>i4', [2], Uint8Array.of(0, 0, 1, 2, 255, 255, 255, 254)), 'f').data).toEqual(Int32Array.of(258, -2));
  });

  it('gives elements that were stored column by column in row order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), (dims) => {
        const count = dims.reduce((product, dim) => product * dim, 1);
        // The element at index (i, j, …) holds its row-major position, computed here from the column-major one.
        const columnMajor = Int32Array.from({ length: count }, (_, position) => {
          let rest = position;
          const index = dims.map((dim) => {
            const at = rest % dim;
            rest = Math.floor(rest / dim);
            return at;
          });
          return index.reduce((sum, at, axis) => sum * dims[axis]! + at, 0);
        });
        const decoded = decodeNpy(npy('<i4', dims, columnMajor, { fortran: true }), 'f');
        expect(Array.from(decoded.data as Int32Array)).toEqual(Array.from({ length: count }, (_, index) => index));
      }),
    );
  });

  it.each([
    ['another format', new TextEncoder().encode('not an array at all')],
    ['an empty file', new Uint8Array(0)],
    ['an unknown version', npy('<f4', [1], Float32Array.of(1)).map((byte, index) => (index === 6 ? 9 : byte))],
    ['text', npy('<U8', [1], new Uint8Array(32))],
    ['Python objects', npy('|O', [1], new Uint8Array(8))],
    ['too little data', npy('<f4', [4], Float32Array.of(1, 2, 3))],
    ['an impossible shape', npy('<f4', [2 ** 40, 2 ** 40], new Float32Array(1))],
    ['a cut header', npy('<f4', [1], Float32Array.of(1)).subarray(0, 40)],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeNpy(bytes, 'samples.npy')).toThrow(expect.objectContaining({ reason: 'invalid-samples', subject: { file: 'samples.npy' } }));
  });

  it('never does anything but return or throw a NibbleError on damaged bytes', () => {
    const whole = npy('<f4', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }), fc.nat(whole.length), (changes, length) => {
        const bytes = whole.slice(0, length);
        for (const [at, byte] of changes) if (at < length) bytes[at] = byte;
        try {
          decodeNpy(bytes, 'f');
        } catch (error) {
          expect(error).toBeInstanceOf(NibbleError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('encodeNpy', () => {
  it.each(['float', 'double', 'float16', 'bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'] as const)('is the inverse of decodeNpy: %s', (dataType) => {
    for (const dims of [[], [3], [2, 3], [0, 4]]) {
      const value = { dataType, dims, data: allocate(dataType, elementCount(dims))! };
      const bytes = encodeNpy(value)!;
      expect((bytes.length - value.data.byteLength) % 64).toBe(0);
      expect(decodeNpy(bytes, 'x.npy')).toEqual(value);
    }
  });

  it('writes what the reference writes', () => {
    expect(encodeNpy({ dataType: 'float', dims: [2], data: Float32Array.of(1.5, -2) })).toEqual(npy('<f4', [2], Float32Array.of(1.5, -2)));
  });

  it('has no form for strings', () => {
    expect(encodeNpy({ dataType: 'string', dims: [1], data: ['a'] })).toBeNull();
  });
});
