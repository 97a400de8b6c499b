import type { Coding } from '../coding';
import type { Buckets } from './buckets';

/** Bins over a window: eight for each of 256 codes, so that codes blur something even in the widest window. */
const BINS = 2048;
/** Thresholds that are tried: an eighth of an octave apart, from the largest magnitude down to a sixteenth of it. */
const WINDOWS = 33;
const WINDOWS_PER_OCTAVE = 8;
/** What the codes leave in a bin without any value, so that the divergence stays finite and a lone outlier does not decide. */
const PSEUDO_COUNT = 0.5;

/**
 * The window, cut at a threshold in both directions, under which the codes keep most of the distribution: the least
 * divergence KL(P‖Q) between the observed values P, with those outside moved to the window's ends, and what the codes leave
 * of them, Q: the values inside, spread evenly over the bins of their code that hold any. Bins are finer than codes in every
 * window, so that windows really differ. Counts are a sample: that alone makes a divergence of half a count for each bin
 * beyond the first of a code (Miller and Madow), more in narrow windows, and is taken off.
 */
export function entropyRange(buckets: Buckets, range: { readonly low: number; readonly high: number }, { bits, symmetric }: Coding): { readonly low: number; readonly high: number } {
  // With 16 bits a bin would be wider than a code: no window loses anything, and the widest is right.
  if (2 ** bits > BINS / 2 || range.low >= range.high) return range;
  let best = range;
  let least = Infinity;
  for (let window = 0; window < WINDOWS; window += 1) {
    const threshold = Math.max(-range.low, range.high) * 2 ** (-window / WINDOWS_PER_OCTAVE);
    const candidate = symmetric ? { low: -threshold, high: threshold } : { low: Math.max(Math.min(range.low, 0), -threshold), high: Math.min(Math.max(range.high, 0), threshold) };
    const divergence = divergenceOf(buckets, candidate.low, candidate.high, 2 ** bits);
    if (divergence < least) [least, best] = [divergence, candidate];
  }
  return best;
}

function divergenceOf(buckets: Buckets, low: number, high: number, codes: number): number {
  const inside = binned(buckets, low, high);
  const reference = inside.counts.slice();
  reference[0]! += inside.below;
  reference[BINS - 1]! += inside.above;
  const total = reference.reduce((sum, count) => sum + count, 0);
  const kept = total - inside.below - inside.above;
  if (kept <= 0) return Infinity;
  const perCode = BINS / codes;
  let divergence = 0;
  for (let code = 0; code < codes; code += 1) {
    let sum = 0;
    let filled = 0;
    for (let bin = code * perCode; bin < (code + 1) * perCode; bin += 1) {
      sum += inside.counts[bin]!;
      if (reference[bin]! > 0) filled += 1;
    }
    divergence -= Math.max(filled - 1, 0) / (2 * total);
    const share = Math.max(filled === 0 ? 0 : sum / filled, PSEUDO_COUNT) / kept;
    for (let bin = code * perCode; bin < (code + 1) * perCode; bin += 1) {
      const p = reference[bin]! / total;
      if (p > 0) divergence += p * Math.log(p / share);
    }
  }
  return divergence;
}

/** Spreads buckets over equal bins of [low, high]; what lies outside is counted apart. */
function binned(buckets: Buckets, low: number, high: number): { readonly counts: Float64Array; readonly below: number; readonly above: number } {
  const counts = new Float64Array(BINS);
  const perUnit = BINS / (high - low);
  let below = 0;
  let above = 0;
  for (let index = 0; index < buckets.counts.length; index += 1) {
    const count = buckets.counts[index]!;
    const from = (buckets.low[index]! - low) * perUnit;
    const to = (buckets.high[index]! - low) * perUnit;
    if (to < 0) below += count;
    else if (from > BINS) above += count;
    else spread(counts, Math.max(from, 0), Math.min(to, BINS), count);
  }
  return { counts, below, above };
}

/** Adds `count` to the bins between two positions, in proportion to what they cover. */
function spread(counts: Float64Array, from: number, to: number, count: number): void {
  const first = Math.min(Math.floor(from), BINS - 1);
  const last = Math.min(Math.floor(to), BINS - 1);
  if (first === last) {
    counts[first]! += count;
    return;
  }
  for (let bin = first; bin <= last; bin += 1) counts[bin]! += (count * (Math.min(to, bin + 1) - Math.max(from, bin))) / (to - from);
}
