import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TensorObserver } from '../../../src/quant/observe/tensorObserver';
import type { Observation } from '../../../src/quant/observe/tensorObserver';
import { extremesOf } from '../../support/extremes';

const anyFloat = fc.float({ noDefaultInfinity: false });
const samples = fc.array(fc.array(anyFloat, { minLength: 1, maxLength: 60 }).map((values) => Float32Array.from(values)), { minLength: 1, maxLength: 6 });

function observe(all: readonly Float32Array[]): Observation {
  const observer = new TensorObserver(false, true);
  for (const values of all) observer.add(extremesOf(values), values);
  return observer.result();
}

describe('TensorObserver', () => {
  it('has the extremes that all finite samples together have, and the samples that brought them', () => {
    fc.assert(
      fc.property(samples, (all) => {
        const whole = all.filter((values) => values.every(Number.isFinite));
        const finite = whole.flatMap((values) => [...values]);
        const { low, high, lowSample, highSample, nonFinite } = observe(all);
        expect(nonFinite).toBe(all.length - whole.length);
        expect([low, high]).toEqual(finite.length === 0 ? [0, 0] : [finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))]);
        const first = (extreme: number): number => all.findIndex((values) => whole.includes(values) && values.includes(extreme));
        expect([lowSample, highSample]).toEqual(finite.length === 0 ? [-1, -1] : [first(low), first(high)]);
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('counts every finite value in the one bucket that holds it, in ascending order', () => {
    fc.assert(
      fc.property(samples, (all) => {
        const finite = all.flatMap((values) => [...values]).filter(Number.isFinite);
        const buckets = observe(all).buckets!;
        expect(buckets.counts.reduce((sum, count) => sum + count, 0)).toBe(finite.length);
        for (let index = 0; index < buckets.counts.length; index += 1) {
          const [low, high] = [buckets.low[index]!, buckets.high[index]!];
          const inside = finite.filter((value) => value >= low && value <= high && Object.is(Math.sign(value) === -1 || Object.is(value, -0), Math.sign(low) === -1 || Object.is(low, -0)));
          expect(inside.length).toBe(buckets.counts[index]);
          if (index > 0) expect(low).toBeGreaterThanOrEqual(buckets.high[index - 1]!);
          // At most 1/512 wide, but for the bucket of zero and of the subnormal numbers.
          if (Math.abs(low) > 2 ** -125) expect(high - low).toBeLessThanOrEqual(Math.max(Math.abs(low), Math.abs(high)) / 512);
        }
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it('averages the extremes of the samples', () => {
    const { averageLow, averageHigh } = observe([Float32Array.of(-1, 3), Float32Array.of(-3, 5, 0)]);
    expect([averageLow, averageHigh]).toEqual([-2, 4]);
  });

  it('names the first sample with a value that is no number', () => {
    expect(observe([Float32Array.of(1), Float32Array.of(NaN, 2), Float32Array.of(Infinity)])).toMatchObject({ firstNonFinite: 1, nonFinite: 2, low: 1, high: 1 });
    expect(observe([Float32Array.of(1)]).firstNonFinite).toBe(-1);
  });

  it.each([
    { axis: 1, dims: [2, 3, 2] },
    { axis: 2, dims: [2, 2, 3] },
    { axis: 0, dims: [3, 4] },
  ])('has the range of each channel, zero within: axis $axis of $dims', ({ axis, dims }) => {
    const values = Float32Array.from({ length: 12 }, (_, index) => index - 6);
    const observer = new TensorObserver(true, false);
    observer.add(extremesOf(values, dims, axis), null);
    const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
    const channelOf = (index: number): number => Math.floor(index / inner) % dims[axis]!;
    const expected = [0, 1, 2].map((channel) => [...values].filter((_, index) => channelOf(index) === channel));
    const { channels, buckets } = observer.result();
    expect(buckets).toBeNull();
    expect([...channels!.low]).toEqual(expected.map((own) => Math.min(0, ...own)));
    expect([...channels!.high]).toEqual(expected.map((own) => Math.max(0, ...own)));
  });

  it('knows no channels where their number changes', () => {
    const observer = new TensorObserver(true, false);
    observer.add(extremesOf(Float32Array.of(1, 2), [2], 0), null);
    observer.add(extremesOf(Float32Array.of(1, 2, 3), [3], 0), null);
    expect(observer.result()).toMatchObject({ channels: null, low: 1, high: 3 });
  });

  it('takes no values for no extremes', () => {
    expect(observe([new Float32Array(0)])).toMatchObject({ low: 0, high: 0, averageLow: 0, nonFinite: 0 });
  });
});
