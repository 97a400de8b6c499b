import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceOf, placeIn } from '../../src/quant/difference';
import { layoutOf } from '../../src/quant/layout';
import { packCodes } from '../../src/quant/packing';
import { dequantizeCodes } from '../../src/quant/reference';
import type { Granularity, WeightBits } from '../../src/quant/scheme';
import { decodeValues } from '../../src/quant/storedValues';

const axisOf = (dims: readonly number[]) => fc.nat(dims.length - 1);
const granularities = fc.oneof(fc.constantFrom<Granularity>('tensor', 'channel'), fc.integer({ min: 1, max: 7 }).map((block) => ({ block })));

/** Codes of a tensor with the layout that the quantizer gives to it, and the same as blocks along each axis. */
const coded = fc
  .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 })
  .chain((dims) => fc.tuple(fc.constant(dims), axisOf(dims), granularities, fc.constantFrom<WeightBits>(2, 4, 8, 16), fc.boolean(), fc.integer()))
  .map(([dims, axis, granularity, bits, signed, seed]) => {
    const layout = layoutOf({ dims, channelAxis: axis, blockAxis: axis }, granularity);
    const random = (index: number): number => Math.abs(Math.sin(seed + index * 12.9898) * 43758.5453) % 1;
    const lowest = signed ? -(2 ** (bits - 1)) : 0;
    const count = dims.reduce((product, dim) => product * dim, 1);
    const codes = Int32Array.from({ length: count }, (_, index) => lowest + Math.floor(random(index) * 2 ** bits));
    const scales = Float32Array.from({ length: layout.groups }, (_, index) => 0.001 + random(index + 7000));
    const zeroPoints = Int32Array.from({ length: layout.groups }, (_, index) => lowest + Math.floor(random(index + 9000) * 2 ** bits));
    const block = granularity === 'tensor' ? null : granularity === 'channel' ? 1 : granularity.block;
    const blocks = layout.quantizedAxis === null ? dims : dims.map((dim, at) => (at === axis ? block! : granularity === 'channel' ? dim : 1));
    return { dims, codes, layout, scales, zeroPoints, blocks, bits, signed };
  });

describe('stored codes', () => {
  it('mean what the quantizer means by them, whichever part is read', () => {
    fc.assert(fc.property(coded, fc.constantFrom<'float' | 'float16'>('float', 'float16'), fc.nat(), fc.nat(), ({ dims, codes, layout, scales, zeroPoints, blocks, bits, signed }, scaleType, a, b) => {
      const expected = dequantizeCodes(codes, layout, { scales, zeroPoints }, scaleType);
      const from = 4 * (a % (Math.floor(codes.length / 4) + 1));
      const to = from + (b % (codes.length - from + 1));
      const stored = { dataType: `${signed ? '' : 'u'}int${bits}` as const, dims, groups: { blocks, scales, zeroPoints: Float32Array.from(zeroPoints), scaleType } };
      expect(decodeValues(stored, packCodes(codes.subarray(from, to), bits), from, to)).toEqual(expected.slice(from, to));
    }), { seed: 21, numRuns: 400 });
  });

  it('have 0 as their zero point where none is stored', () => {
    const groups = { blocks: [3], scales: Float32Array.of(0.5), zeroPoints: null, scaleType: 'float' as const };
    expect([...decodeValues({ dataType: 'int8', dims: [3], groups }, Uint8Array.of(1, 0xff, 0), 0, 3)]).toEqual([0.5, -0.5, 0]);
  });

  it('are refused when bytes are missing', () => {
    expect(() => decodeValues({ dataType: 'float', dims: [2], groups: null }, new Uint8Array(7), 0, 2)).toThrow('do not hold');
  });
});

describe('stored floats', () => {
  it.each([
    ['float', new Uint8Array(Float32Array.of(1.5, -2).buffer)],
    ['double', new Uint8Array(Float64Array.of(1.5, -2).buffer)],
    ['float16', new Uint8Array(Uint16Array.of(0x3e00, 0xc000).buffer)],
    ['bfloat16', new Uint8Array(Uint16Array.of(0x3fc0, 0xc000).buffer)],
  ] as const)('of type %s are read as they are, at any offset', (dataType, bytes) => {
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect([...decodeValues({ dataType, dims: [2], groups: null }, shifted.subarray(1), 0, 2)]).toEqual([1.5, -2]);
  });
});

describe('the difference of two tensors', () => {
  const inOrder = (index: number): number => index;

  it('counts what differs', () => {
    expect(differenceOf(Float32Array.of(3, 4, 0), Float32Array.of(3, 4.5, -1), inOrder)).toEqual({ signal: 25, noise: 1.25, maxError: 1, different: 2 });
  });

  it('takes equal infinities and NaN for equal, and everything else that is not finite for infinitely far', () => {
    expect(differenceOf(Float32Array.of(Infinity, NaN, 1), Float32Array.of(Infinity, NaN, 1), inOrder)).toEqual({ signal: 1, noise: 0, maxError: 0, different: 0 });
    expect(differenceOf(Float32Array.of(NaN, 1), Float32Array.of(0, 1), inOrder)).toMatchObject({ maxError: Infinity, different: 1, signal: 1 });
  });

  it('finds a matrix that is transposed, and one with rows filled up', () => {
    const matrix = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect(differenceOf(matrix, Float32Array.of(1, 4, 2, 5, 3, 6), placeIn({ columns: 3, rowStep: 1, columnStep: 2 })).different).toBe(0);
    expect(differenceOf(matrix, Float32Array.of(1, 2, 3, 9, 4, 5, 6, 9), placeIn({ columns: 3, rowStep: 4, columnStep: 1 })).different).toBe(0);
    expect(differenceOf(matrix, Float32Array.of(1, 4, 9, 2, 5, 9, 3, 6, 9), placeIn({ columns: 3, rowStep: 1, columnStep: 3 })).different).toBe(0);
  });
});
