import { describe, expect, it } from 'vitest';
import { roundHalfEven } from '../../src/quant/rounding';

describe('roundHalfEven', () => {
  it('sends ties to the even neighbour', () => {
    expect([-3.5, -2.5, -1.5, 0.5, 1.5, 2.5, 3.5].map(roundHalfEven)).toEqual([-4, -2, -2, 0, 2, 2, 4]);
    expect(roundHalfEven(-0.5) === 0).toBe(true);
  });

  it('rounds everything else to the nearest', () => {
    expect([2.4999999, 2.5000001, -2.4999999, -2.5000001, 7].map(roundHalfEven)).toEqual([2, 3, -2, -3, 7]);
  });

  it('leaves values without a fraction and infinities alone', () => {
    expect([2 ** 53, -(2 ** 53), Infinity, -Infinity].map(roundHalfEven)).toEqual([2 ** 53, -(2 ** 53), Infinity, -Infinity]);
  });
});
