import { expect, it } from 'vitest';
import { sqnrDb } from '../../src/quant/sqnr';

it('is ten decibels for each factor of ten between signal and noise', () => {
  expect(sqnrDb(100, 1)).toBeCloseTo(20, 12);
  expect(sqnrDb(1, 10)).toBeCloseTo(-10, 12);
  expect(sqnrDb(1, 0)).toBe(Infinity);
  expect(sqnrDb(0, 0)).toBeNull();
});
