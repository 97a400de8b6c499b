import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Coding } from '../../../src/quant/coding';
import { ACTIVATION_RANGE_METHODS, activationRange, quantile, quantizationNoise, TAIL } from '../../../src/quant/observe/activationRange';
import { TensorObserver } from '../../../src/quant/observe/tensorObserver';
import type { Observation } from '../../../src/quant/observe/tensorObserver';
import { extremesOf } from '../../support/extremes';
import { parametersOf } from '../../../src/quant/parameters';
import { codeOf, valueOf } from '../../../src/quant/reference';
import { gaussian, laplace, seededRandom } from '../gaussian';

const UINT8: Coding = { bits: 8, signed: false, symmetric: false };
const INT8: Coding = { bits: 8, signed: true, symmetric: true };
const UINT16: Coding = { bits: 16, signed: false, symmetric: false };

function observe(...all: readonly Float32Array[]): Observation {
  const observer = new TensorObserver(false, true);
  for (const values of all) observer.add(extremesOf(values), values);
  return observer.result();
}

/** The definition: every value through its code and back. */
function exactNoise(values: Float32Array, low: number, high: number, coding: Coding): number {
  const { scale, zeroPoint } = parametersOf(low, high, coding, 'float');
  return values.reduce((sum, value) => sum + (value - valueOf(codeOf(value, scale, zeroPoint, coding), scale, zeroPoint, 'float')) ** 2, 0);
}

const DISTRIBUTIONS = [
  { name: 'Gaussian', values: gaussian(4_000, 1) },
  { name: 'Laplace', values: laplace(4_000, 2) },
  { name: 'rectified', values: gaussian(4_000, 3).map((value) => Math.max(value, 0)) },
  { name: 'Gaussian with an outlier', values: Float32Array.from([...gaussian(4_000, 4), 60]) },
  { name: 'one-sided with a mean', values: gaussian(4_000, 5).map((value) => value + 6) },
];

describe('activationRange', () => {
  it.each(ACTIVATION_RANGE_METHODS)('holds zero exactly and nothing beyond the extremes: %s', (method) => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e6), max: Math.fround(1e6) }), { minLength: 1, maxLength: 80 }), fc.constantFrom(UINT8, INT8, UINT16), (list, coding) => {
        const observation = observe(Float32Array.from(list));
        const { low, high } = activationRange(observation, method, coding);
        const { scale, zeroPoint } = parametersOf(low, high, coding, 'float');
        expect(valueOf(codeOf(0, scale, zeroPoint, coding), scale, zeroPoint, 'float')).toBe(0);
        // Symmetric ranges have both ends at the larger magnitude; the search by error may go a little beyond an end.
        const slack = method === 'mse' ? 1.25 : 1;
        const most = coding.symmetric ? Math.max(-observation.low, observation.high) : Infinity;
        expect(low).toBeGreaterThanOrEqual(slack * Math.min(0, most === Infinity ? observation.low : -most));
        expect(high).toBeLessThanOrEqual(slack * Math.max(0, most === Infinity ? observation.high : most));
        expect(Math.fround(low)).toBe(low);
        expect(Math.fround(high)).toBe(high);
      }),
      { seed: 21, numRuns: 120 },
    );
  });

  it.each(DISTRIBUTIONS)('finds quantiles within 1/512 of their value: $name', ({ values }) => {
    const buckets = observe(values).buckets!;
    const sorted = values.slice().sort();
    for (const share of [TAIL, 0.01, 0.3, 0.5, 0.999, 1 - TAIL]) {
      const exact = sorted[Math.floor(share * (values.length - 1))]!;
      const { low, high } = quantile(buckets, share);
      expect(low).toBeLessThanOrEqual(exact);
      expect(high).toBeGreaterThanOrEqual(exact);
      expect(high - low).toBeLessThanOrEqual(Math.max(Math.abs(exact), 2 ** -125) / 512);
    }
  });

  it.each(DISTRIBUTIONS)('estimates the noise of a range from the buckets: $name', ({ values }) => {
    const observation = observe(values);
    for (const coding of [UINT8, INT8]) {
      for (const factor of [1, 0.7, 0.4]) {
        const [low, high] = [Math.min(0, observation.low * factor), Math.max(0, observation.high * factor)];
        const exact = exactNoise(values, low, high, coding);
        expect(quantizationNoise(observation.buckets!, low, high, coding)).toBeGreaterThan(0.93 * exact);
        expect(quantizationNoise(observation.buckets!, low, high, coding)).toBeLessThan(1.07 * exact);
      }
    }
  });

  it.each(DISTRIBUTIONS)('comes close to the best range of a dense scan by the error of every value: $name', ({ values }) => {
    const observation = observe(values);
    for (const coding of [UINT8, INT8]) {
      const { low, high } = activationRange(observation, 'mse', coding);
      const factors = Array.from({ length: 24 }, (_, step) => 0.9 ** step);
      const ends = coding.symmetric ? factors.map((factor) => [factor, factor] as const) : factors.flatMap((a) => factors.filter((_, index) => index % 4 === 0).map((b) => [a, b] as const));
      const best = Math.min(...ends.map(([a, b]) => exactNoise(values, Math.min(0, observation.low * a), Math.max(0, observation.high * b), coding)));
      expect(exactNoise(values, low, high, coding)).toBeLessThan(1.1 * best);
      expect(exactNoise(values, low, high, coding)).toBeLessThanOrEqual(1.02 * exactNoise(values, Math.min(0, observation.low), Math.max(0, observation.high), coding));
    }
  }, 30_000);

  it('entropy clips a tail that min-max lets ruin the codes, and leaves an even distribution whole', () => {
    const random = seededRandom(6);
    const even = observe(Float32Array.from({ length: 50_000 }, () => random() * 2 - 1));
    expect(activationRange(even, 'entropy', UINT8).high).toBeGreaterThan(0.9);
    const tailed = observe(Float32Array.from([...gaussian(50_000, 7), 40]));
    const { low, high } = activationRange(tailed, 'entropy', UINT8);
    expect(high).toBeLessThan(20);
    expect(high).toBeGreaterThan(2);
    expect(low).toBeGreaterThan(-6);
  });

  it('percentile leaves out what is rarer than its tail', () => {
    const values = Float32Array.from([...gaussian(100_000, 8), ...new Array<number>(5).fill(1000)]);
    const { high } = activationRange(observe(values), 'percentile', UINT8);
    expect(high).toBeLessThan(6);
  });

  it('gives an empty range for a tensor of zeros, under every method', () => {
    const zeros = observe(new Float32Array(100));
    for (const method of ACTIVATION_RANGE_METHODS) expect(activationRange(zeros, method, UINT8)).toEqual({ low: 0, high: 0 });
  });
});
