import { expect, it } from 'vitest';
import { describeScheme, formatScheme, formatShape } from '../../src/format/scheme';
import type { IntegerScheme } from '../../src/quant/scheme';

const int8: IntegerScheme = { kind: 'integer', bits: 8, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' };

it('names schemes shortly', () => {
  expect(formatScheme(int8)).toBe('int8 · channel');
  expect(formatScheme({ ...int8, bits: 4, granularity: { block: 32 }, range: 'mse' })).toBe('int4 · block 32 · mse');
  expect(formatScheme({ ...int8, signed: false, symmetric: false, granularity: 'tensor' })).toBe('uint8 · tensor');
  expect(formatScheme({ ...int8, symmetric: false })).toBe('int8 · channel · asymmetric');
  expect(formatScheme({ ...int8, signed: false })).toBe('uint8 · channel · symmetric');
  expect(formatScheme({ kind: 'float16' })).toBe('float16');
  expect(formatScheme({ kind: 'float' })).toBe('float');
});

it('spells schemes out', () => {
  expect(describeScheme({ ...int8, bits: 4, granularity: { block: 32 }, range: 'mse' })).toBe('4-bit signed, symmetric, one scale per 32 weights, range by least squared error');
  expect(describeScheme({ kind: 'float' })).toBe('kept as it is');
});

it('writes shapes', () => {
  expect(formatShape(['batch', 3, 224, 224])).toBe('batch × 3 × 224 × 224');
  expect(formatShape([])).toBe('scalar');
  expect(formatShape(null)).toBe('–');
});
