import { codeLimits } from '../coding';
import type { Coding } from '../coding';
import { parametersOf } from '../parameters';
import type { GroupRanges } from '../parameters';
import { searchRanges } from '../rangeSearch';
import { runSearch } from '../settle';
import type { Buckets } from './buckets';
import { entropyRange } from './entropy';
import type { Observation } from './tensorObserver';

/**
 * How the range of an activation is found from what was observed:
 * - `minmax`: the extremes over all samples.
 * - `average`: the mean of the samples' extremes.
 * - `percentile`: what leaves out the share `TAIL` of the values at either end.
 * - `entropy`: the clipped range whose codes tell most about the distribution (least Kullback-Leibler divergence).
 * - `mse`: the clipped range with the least squared error.
 */
export type ActivationRangeMethod = 'minmax' | 'average' | 'percentile' | 'entropy' | 'mse';

export const ACTIVATION_RANGE_METHODS: readonly ActivationRangeMethod[] = ['minmax', 'average', 'percentile', 'entropy', 'mse'];

/** The share of values that `percentile` leaves out at either end: the 99.99th percentile. */
export const TAIL = 1e-4;

export interface ActivationRange {
  readonly low: number;
  readonly high: number;
}

/** Ranges by value. */
export type ActivationRanges = ReadonlyMap<string, ActivationRange>;

/** Whether a method looks at more than extremes; `auto` tries some that do. */
export function needsCounts(method: ActivationRangeMethod | 'auto'): boolean {
  return method !== 'minmax' && method !== 'average';
}

/** The range for one tensor: float32 numbers, zero within, so that every method represents zero exactly. */
export function activationRange(observation: Observation, method: ActivationRangeMethod, coding: Coding): ActivationRange {
  const { low, high } = rawRange(observation, method, coding);
  return { low: Math.min(Math.fround(low), 0), high: Math.max(Math.fround(high), 0) };
}

function rawRange({ low, high, averageLow, averageHigh, buckets }: Observation, method: ActivationRangeMethod, coding: Coding): ActivationRange {
  if (method === 'minmax') return { low, high };
  if (method === 'average') return { low: averageLow, high: averageHigh };
  if (buckets === null) throw new TypeError(`${method} needs counted values`);
  switch (method) {
    case 'percentile':
      return { low: Math.max(low, quantile(buckets, TAIL).low), high: Math.min(high, quantile(buckets, 1 - TAIL).high) };
    case 'entropy':
      return entropyRange(buckets, { low, high }, coding);
    case 'mse':
      return leastSquares(buckets, { low, high }, coding);
  }
}

/**
 * The bucket that holds the value of rank ⌊share × (n − 1)⌋ (from 0, in ascending order): the quantile itself is in it, and
 * its edges are within 1/512 of it.
 */
export function quantile({ low, high, counts }: Buckets, share: number): ActivationRange {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const rank = Math.floor(share * (total - 1));
  let below = 0;
  for (let index = 0; index < counts.length; index += 1) {
    below += counts[index]!;
    if (below > rank) return { low: low[index]!, high: high[index]! };
  }
  return { low: 0, high: 0 };
}

function leastSquares(buckets: Buckets, { low, high }: ActivationRange, coding: Coding): ActivationRange {
  const full: GroupRanges = { low: Float32Array.of(Math.min(low, 0)), high: Float32Array.of(Math.max(high, 0)) };
  const best = runSearch(searchRanges(full, coding), (candidates) => candidates.map((candidate) => Float64Array.of(quantizationNoise(buckets, candidate.low[0]!, candidate.high[0]!, coding))));
  return { low: best.low[0]!, high: best.high[0]! };
}

/**
 * Σ (x − x̂)² of the observed values under a range. A bucket counts as its middle where it is narrower than the step between
 * codes, and else as the mean over a step, step² / 12; the sum is within a few percent of that over the values themselves.
 */
export function quantizationNoise({ low, high, counts }: Buckets, from: number, to: number, coding: Coding): number {
  const { scale, zeroPoint } = parametersOf(from, to, coding, 'float');
  const { lowest, highest } = codeLimits(coding);
  const [bottom, top] = [(lowest - zeroPoint) * scale, (highest - zeroPoint) * scale];
  let noise = 0;
  for (let index = 0; index < counts.length; index += 1) {
    const middle = (low[index]! + high[index]!) / 2;
    let squared: number;
    if (middle < bottom) squared = (bottom - middle) ** 2;
    else if (middle > top) squared = (middle - top) ** 2;
    else if (high[index]! - low[index]! >= scale) squared = (scale * scale) / 12;
    else squared = (middle - Math.round(middle / scale) * scale) ** 2;
    noise += counts[index]! * squared;
  }
  return noise;
}
