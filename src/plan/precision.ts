import type { Granularity, WeightScheme } from '../quant/scheme';

/**
 * The scheme that keeps more of a tensor that several layers share: more bits first, then values that share a scale with
 * fewer others, then a range that fits better. `first` when they are equally good.
 */
export function morePrecise(first: WeightScheme, second: WeightScheme): WeightScheme {
  const a = rank(first);
  const b = rank(second);
  for (const [index, value] of a.entries()) {
    if (value !== b[index]!) return value > b[index]! ? first : second;
  }
  return first;
}

/** Larger is more precise; compared from left to right. */
function rank(scheme: WeightScheme): readonly number[] {
  switch (scheme.kind) {
    case 'float':
      return [32, 0, 0, 0];
    case 'float16':
      // Eleven significant bits at every magnitude: preferred to 16-bit codes, whose step is fixed by the largest weight.
      return [16.5, 0, 0, 0];
    case 'integer':
      return [scheme.bits, -groupRank(scheme.granularity), scheme.symmetric ? 0 : 1, scheme.range === 'mse' ? 1 : 0];
  }
}

/** Rough order of group sizes: blocks are at most 256 values, a channel usually more, a tensor most. */
function groupRank(granularity: Granularity): number {
  if (granularity === 'tensor') return Infinity;
  return granularity === 'channel' ? 1024 : granularity.block;
}
