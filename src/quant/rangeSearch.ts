/**
 * Finds, for every group, the clipped range with the least squared error. The objective is the exact error of the
 * dequantized values, so the result is never worse than the min-max range, with which every search starts.
 *
 * 1. A ladder of thresholds t, half an octave apart, from the largest magnitude down: the range is cut to
 *    [max(low, −t), min(high, t)]. A group goes on to the next ladder unless its last rung is clearly worse than its
 *    best: then clipping dominates, and only grows further down.
 * 2. Around the best rung, eight steps of a twelfth of an octave: of the amplitude for symmetric codings, else of the
 *    lower and then of the upper end.
 *
 * A group that the min-max range cannot hold in finite numbers keeps it: see `reach.ts`.
 *
 * A symmetric ladder of few bits starts above the largest magnitude: with codes −8..7 a scale of amplitude / 7 avoids
 * clipping the upper end, which the min-max rule (2 × amplitude / 15) clips.
 */
import type { Coding } from './coding';
import type { GroupRanges } from './parameters';

const RUNGS = 8;
/** Ladders in all: 32 rungs reach down to 2^−16 of the largest magnitude, which no outlier among weights exceeds. */
const MAX_LADDERS = 4;
/** A last rung that is worse than the best by this factor ends the search for lower thresholds. */
const CLEARLY_WORSE = 2;
/** Odd multiples of 1/24 of an octave, up to half the distance of two rungs. */
const FINE_STEPS = [-7, -5, -3, -1, 1, 3, 5, 7].map((step) => 2 ** (step / 24));
/** A candidate must be better by this factor, so that the order of addition in a sum cannot decide between equals. */
const BETTER = 1 - 1e-9;

/**
 * Asks for the errors of candidate ranges and returns the best. Yields a batch of candidates, each a range for every
 * group; expects in return, for every candidate, Σ (x − x̂)² of each group under it.
 */
export type RangeSearch = Generator<readonly GroupRanges[], GroupRanges, readonly Float64Array[]>;

interface Best {
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly noise: Float64Array;
}

export function* searchRanges(full: GroupRanges, coding: Coding): RangeSearch {
  const groups = full.low.length;
  const best: Best = {
    low: full.low.slice(),
    high: full.high.slice(),
    noise: new Float64Array(groups).fill(Infinity),
  };
  yield* descend(best, full, coding);
  if (coding.symmetric) {
    yield* refine(best, true, true);
  } else {
    yield* refine(best, true, false);
    yield* refine(best, false, true);
  }
  return { low: best.low, high: best.high };
}

function* descend(best: Best, full: GroupRanges, coding: Coding): Generator<readonly GroupRanges[], void, readonly Float64Array[]> {
  let onLadder: Uint8Array | null = null;
  for (let ladder = 0; ladder < MAX_LADDERS; ladder += 1) {
    const candidates = ladderOf(ladder, coding).map((octaves) => cut(full, coding, 2 ** octaves));
    const noises = yield candidates;
    if (ladder === 0) settleUnreachable(best, noises[0]!);
    take(best, candidates, noises, onLadder);
    const last = noises.at(-1)!;
    onLadder = Uint8Array.from(best.noise, (noise, group) => (onLadder?.[group] !== 0 && last[group]! < CLEARLY_WORSE * noise ? 1 : 0));
    if (!onLadder.includes(1)) return;
  }
}

/** Nothing is better than the min-max range of a group whose error under it is not finite. */
function settleUnreachable({ noise }: Best, ofMinMax: Float64Array): void {
  for (let group = 0; group < noise.length; group += 1) if (!Number.isFinite(ofMinMax[group])) noise[group] = 0;
}

/** Thresholds as octaves above the largest magnitude. The first of all is 0, the min-max range, which wins every tie. */
function ladderOf(ladder: number, { symmetric, bits }: Coding): number[] {
  const lower = Array.from({ length: RUNGS }, (_, rung) => -(ladder * RUNGS + rung) / 2);
  return ladder === 0 && symmetric && bits <= 4 ? [0, 0.5, ...lower.slice(1)] : lower;
}

/** The ranges cut at `factor` times their largest magnitude. */
function cut({ low, high }: GroupRanges, { symmetric }: Coding, factor: number): GroupRanges {
  const lower = new Float32Array(low.length);
  const upper = new Float32Array(low.length);
  for (let group = 0; group < low.length; group += 1) {
    const threshold = factor * Math.max(-low[group]!, high[group]!);
    lower[group] = symmetric ? -threshold : Math.max(low[group]!, -threshold);
    upper[group] = symmetric ? threshold : Math.min(high[group]!, threshold);
  }
  return { low: lower, high: upper };
}

function* refine(best: Best, moveLow: boolean, moveHigh: boolean): Generator<readonly GroupRanges[], void, readonly Float64Array[]> {
  const candidates = FINE_STEPS.map((factor) => ({ low: scaled(best.low, moveLow ? factor : 1), high: scaled(best.high, moveHigh ? factor : 1) }));
  take(best, candidates, yield candidates, null);
}

function scaled(ends: Float32Array, factor: number): Float32Array {
  const result = new Float32Array(ends.length);
  for (let group = 0; group < ends.length; group += 1) result[group] = ends[group]! * factor;
  return result;
}

/** Keeps the candidates that are better, for every group or for those marked in `concerned`. */
function take(best: Best, candidates: readonly GroupRanges[], noises: readonly Float64Array[], concerned: Uint8Array | null): void {
  for (let candidate = 0; candidate < candidates.length; candidate += 1) {
    const { low, high } = candidates[candidate]!;
    const noise = noises[candidate]!;
    for (let group = 0; group < noise.length; group += 1) {
      if (!(noise[group]! < best.noise[group]! * BETTER) || concerned?.[group] === 0) continue;
      best.low[group] = low[group]!;
      best.high[group] = high[group]!;
      best.noise[group] = noise[group]!;
    }
  }
}
