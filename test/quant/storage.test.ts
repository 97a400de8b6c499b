import { describe, expect, it } from 'vitest';
import type { IntegerScheme } from '../../src/quant/scheme';
import { storedBytes } from '../../src/quant/storage';

const tensor = { dims: [3, 33], channelAxis: 0, blockAxis: 1 };
const int4: IntegerScheme = { kind: 'integer', bits: 4, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' };

describe('storedBytes', () => {
  it('counts packed codes, scales and the zero points that are stored', () => {
    expect(storedBytes(tensor, 'float', int4)).toEqual({ codes: 50, scales: 12, zeroPoints: 0 });
    expect(storedBytes(tensor, 'float', { ...int4, signed: false })).toEqual({ codes: 50, scales: 12, zeroPoints: 2 });
    expect(storedBytes(tensor, 'float', { ...int4, symmetric: false, granularity: { block: 16 } })).toEqual({ codes: 50, scales: 36, zeroPoints: 5 });
    expect(storedBytes(tensor, 'float16', { ...int4, bits: 16, granularity: 'tensor' })).toEqual({ codes: 198, scales: 2, zeroPoints: 0 });
    expect(storedBytes(tensor, 'float', { kind: 'float16' })).toEqual({ codes: 198, scales: 0, zeroPoints: 0 });
  });
});
