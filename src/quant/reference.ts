/**
 * The arithmetic on whole tensors, written to be read. It is the oracle of the SIMD kernels, whose results must equal
 * these: codes, scales and zero points bit for bit, sums up to their order of addition.
 */
import type { Coding } from './coding';
import { codeLimits } from './coding';
import { fromFloat16, toFloat16 } from '../onnx/float16';
import type { GroupLayout } from './layout';
import { groupAt } from './layout';
import type { GroupParameters, GroupRanges, ScaleType } from './parameters';
import { roundHalfEven } from './rounding';

/** Sums over the values of a tensor under one scheme. */
export interface ErrorSums {
  /** Σ (x − x̂)² */
  readonly noise: number;
  /** max |x − x̂| */
  readonly maxError: number;
}

/** The code of one value: QuantizeLinear, with its division in float32 and the zero point added after rounding. */
export function codeOf(value: number, scale: number, zeroPoint: number, coding: Pick<Coding, 'bits' | 'signed' | 'reduced'>): number {
  const { lowest, highest } = codeLimits(coding);
  return Math.min(Math.max(roundHalfEven(Math.fround(value / scale)) + zeroPoint, lowest), highest);
}

/** The value of one code: DequantizeLinear, in float32, or in float32 and then rounded to float16. */
export function valueOf(code: number, scale: number, zeroPoint: number, scaleType: ScaleType): number {
  const value = Math.fround((code - zeroPoint) * scale);
  return scaleType === 'float16' ? fromFloat16(toFloat16(value)) : value;
}

/** Range of each group, zero included. Values must be finite. */
export function rangesOf(values: Float32Array, layout: GroupLayout): GroupRanges {
  const low = new Float32Array(layout.groups);
  const high = new Float32Array(layout.groups);
  for (let i = 0; i < values.length; i += 1) {
    const group = groupAt(layout, i);
    low[group] = Math.min(low[group]!, values[i]!);
    high[group] = Math.max(high[group]!, values[i]!);
  }
  return { low, high };
}

/** Codes of all values, in storage order. */
export function quantizeValues(values: Float32Array, layout: GroupLayout, { scales, zeroPoints }: GroupParameters, coding: Coding): Int32Array {
  return Int32Array.from(values, (value, i) => {
    const group = groupAt(layout, i);
    return codeOf(value, scales[group]!, zeroPoints[group]!, coding);
  });
}

/** Values of all codes, in storage order. */
export function dequantizeCodes(codes: Int32Array, layout: GroupLayout, { scales, zeroPoints }: GroupParameters, scaleType: ScaleType): Float32Array {
  return Float32Array.from(codes, (code, i) => {
    const group = groupAt(layout, i);
    return valueOf(code, scales[group]!, zeroPoints[group]!, scaleType);
  });
}

/** What float16 makes of the values. */
export function throughFloat16(values: Float32Array): Float32Array {
  return Float32Array.from(values, (value) => fromFloat16(toFloat16(value)));
}

/**
 * Error sums. The difference is taken in float32, where it is exact unless the value was clipped, and is then within one
 * part in 2^24; its square is added in double.
 */
export function errorSums(values: Float32Array, approximations: Float32Array): ErrorSums {
  let noise = 0;
  let maxError = 0;
  for (let i = 0; i < values.length; i += 1) {
    const error = Math.abs(Math.fround(values[i]! - approximations[i]!));
    noise += error * error;
    maxError = Math.max(maxError, error);
  }
  return { noise, maxError };
}

/** Σ (x − x̂)² of each group. */
export function groupNoises(values: Float32Array, approximations: Float32Array, layout: GroupLayout): Float64Array {
  const noises = new Float64Array(layout.groups);
  for (let i = 0; i < values.length; i += 1) {
    const error = Math.fround(values[i]! - approximations[i]!);
    noises[groupAt(layout, i)]! += error * error;
  }
  return noises;
}

/** Σ x² */
export function signalOf(values: Float32Array): number {
  return values.reduce((total, value) => total + value * value, 0);
}
