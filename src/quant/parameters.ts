import type { Coding } from './coding';
import { scaleLimits } from './coding';
import { FLOAT16_TINY, fromFloat16, toFloat16 } from '../onnx/float16';
import { roundHalfEven } from './rounding';

/** Element type of the stored scales; it is also the type that DequantizeLinear gives back. */
export type ScaleType = 'float' | 'float16';

/** How one group of values maps to codes: x ≈ (q − zeroPoint) × scale. */
export interface Parameters {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Smallest normal float32 (C's FLT_MIN): below it a scale has lost digits, so that ORT gives the group scale 1. */
const SMALLEST_SCALE = 2 ** -126;

/**
 * Scale and zero point for values in [low, high], by the rules of ONNX Runtime's quantizer: the range is widened to hold
 * zero (which is then exactly representable), the division is done in double, the zero point is found with the
 * unrounded scale, and the scale is then rounded to its stored type.
 * @param low,high float32 values.
 */
export function parametersOf(low: number, high: number, coding: Coding, scaleType: ScaleType): Parameters {
  const limits = scaleLimits(coding);
  let from = Math.min(low, 0);
  let to = Math.max(high, 0);
  if (coding.symmetric) {
    to = Math.max(-from, to);
    from = -to;
  }
  // Up to ONNX Runtime 1.30 the width is rounded to float32; from 1.31 on it is kept in double.
  const width = Math.fround(to - from);
  const scale = width / (limits.highest - limits.lowest);
  if (scale < SMALLEST_SCALE) return { scale: 1, zeroPoint: 0 };
  const zeroPoint = coding.symmetric ? middleCode(coding) : roundHalfEven(limits.lowest - from / scale);
  return { scale: storedScale(scale, scaleType), zeroPoint };
}

/** The code of zero in a symmetric coding: 0, or the middle of an unsigned type. */
export function middleCode(coding: Coding): number {
  const { lowest, highest } = scaleLimits(coding);
  return roundHalfEven((lowest + highest) / 2) + 0;
}

/** A scale as it is stored. A float16 scale never underflows to zero, which nothing could be divided by. */
export function storedScale(scale: number, type: ScaleType): number {
  const single = Math.fround(scale);
  return type === 'float' ? single : fromFloat16(toFloat16(Math.max(single, FLOAT16_TINY)));
}

/** Scales and zero points of many groups, in group order. */
export interface GroupParameters {
  readonly scales: Float32Array;
  readonly zeroPoints: Int32Array;
}

/** Smallest and largest value of each group, in group order, widened to include zero. */
export interface GroupRanges {
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** `parametersOf` for every group. */
export function groupParameters({ low, high }: GroupRanges, coding: Coding, scaleType: ScaleType): GroupParameters {
  const scales = new Float32Array(low.length);
  const zeroPoints = new Int32Array(low.length);
  for (let group = 0; group < low.length; group += 1) {
    const parameters = parametersOf(low[group]!, high[group]!, coding, scaleType);
    scales[group] = parameters.scale;
    zeroPoints[group] = parameters.zeroPoint;
  }
  return { scales, zeroPoints };
}

/** The ranges of several runs of groups as one. */
export function concatRanges(parts: readonly GroupRanges[]): GroupRanges {
  return { low: concat(parts.map(({ low }) => low)), high: concat(parts.map(({ high }) => high)) };
}

function concat(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    whole.set(part, filled);
    filled += part.length;
  }
  return whole;
}

/** The ranges of the same groups over several parts of their values. */
export function mergeRanges(parts: readonly GroupRanges[]): GroupRanges {
  const [first, ...others] = parts;
  return others.reduce<GroupRanges>(
    (merged, part) => ({
      low: merged.low.map((low, group) => Math.min(low, part.low[group]!)),
      high: merged.high.map((high, group) => Math.max(high, part.high[group]!)),
    }),
    first!,
  );
}
