/**
 * Finds, for every group, the clipped range with the least squared error. The objective is the exact error of the
 * dequantized values, so the result is never worse than the min-max range, with which every search starts.
 *
 * 1. A ladder of thresholds t, each 2^(1/4) below the one before: the range is cut to [max(low, −t), min(high, t)].
 *    Groups whose best rung is the last one go on to the next ladder.
 * 2. Around the best rung, eight finer steps of 2^(1/20): of the amplitude for symmetric codings, else of the lower and
 *    then of the upper end.
 *
 * A symmetric ladder of few bits starts above the largest value: with codes −8..7 a scale of amplitude / 7 avoids
 * clipping the upper end, which the min-max rule (2 × amplitude / 15) clips.
 */
import type { Coding } from './coding';
import type { GroupRanges } from './parameters';

const RUNG = 2 ** (-1 / 4);
const RUNGS = 8;
/** Ladders in all. 48 rungs reach down to 1/4096 of the largest value: a lone outlier of 4096 times the rest. */
const MAX_LADDERS = 6;
const FINE_STEPS = [-4, -3, -2, -1, 1, 2, 3, 4].map((step) => 2 ** (step / 20));
/** Rungs above the largest value, for symmetric codings of at most 4 bits. */
const RUNGS_ABOVE = 2;
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
  const best: Best = { low: full.low.slice(), high: full.high.slice(), noise: new Float64Array(full.low.length).fill(Infinity) };
  take(best, [full], yield [full], () => true);
  yield* descend(best, full, coding);
  if (coding.symmetric) {
    yield* refine(best, (low, factor) => low * factor, (high, factor) => high * factor);
  } else {
    yield* refine(best, (low, factor) => low * factor, (high) => high);
    yield* refine(best, (low) => low, (high, factor) => high * factor);
  }
  return { low: best.low, high: best.high };
}

function* descend(best: Best, full: GroupRanges, coding: Coding): Generator<readonly GroupRanges[], void, readonly Float64Array[]> {
  const groups = full.low.length;
  const above = coding.symmetric && coding.bits <= 4 ? RUNGS_ABOVE : 0;
  /** Position of each group's best rung within the newest ladder; −1: it is not in it. */
  const rung = new Int8Array(groups).fill(RUNGS - 1);
  for (let ladder = 0; ladder < MAX_LADDERS && rung.includes(RUNGS - 1); ladder += 1) {
    const candidates = Array.from({ length: RUNGS }, (_, step) => cut(full, coding, RUNG ** (ladder * RUNGS + step - above)));
    const goesOn = rung.map((position) => (position === RUNGS - 1 ? 1 : 0));
    rung.fill(-1);
    take(best, candidates, yield candidates, (group) => goesOn[group] === 1, (group, step) => (rung[group] = step));
  }
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

type Scale = (end: number, factor: number) => number;

function* refine(best: Best, scaleLow: Scale, scaleHigh: Scale): Generator<readonly GroupRanges[], void, readonly Float64Array[]> {
  const candidates = FINE_STEPS.map((factor) => ({
    low: best.low.map((low) => scaleLow(low, factor)),
    high: best.high.map((high) => scaleHigh(high, factor)),
  }));
  take(best, candidates, yield candidates, () => true);
}

/** Keeps, group by group, the candidates that are better. `improved` is told which one of the batch won. */
function take(
  best: Best,
  candidates: readonly GroupRanges[],
  noises: readonly Float64Array[],
  concerns: (group: number) => boolean,
  improved?: (group: number, candidate: number) => void,
): void {
  candidates.forEach(({ low, high }, candidate) => {
    const noise = noises[candidate]!;
    for (let group = 0; group < noise.length; group += 1) {
      if (!concerns(group) || !(noise[group]! < best.noise[group]! * BETTER)) continue;
      best.low[group] = low[group]!;
      best.high[group] = high[group]!;
      best.noise[group] = noise[group]!;
      improved?.(group, candidate);
    }
  });
}
