// Codes and errors of a chunk. Twins: codeOf, valueOf, errorSums and groupNoises in src/quant/reference.ts;
// toFloat16 in src/onnx/float16.ts.
import { halfBits, halfValue, throughHalf, throughHalfScalar } from './half';

/** What a pass leaves behind. `NOISE` adds Σ (x − x̂)² up for each group, the others for the whole chunk. */
// @ts-ignore: decorator
@inline const MEASURE = 0;
// @ts-ignore: decorator
@inline const NOISE = 1;
// @ts-ignore: decorator
@inline const BYTES = 2;
// @ts-ignore: decorator
@inline const SHORTS = 3;
// @ts-ignore: decorator
@inline const ERRORS = 4;

/**
 * 1.5 × 2^23: between 2^23 and 2^24 the last place of a float32 is worth 1, so adding this rounds to an integer, ties
 * to even, and leaves the integer in the low bits. Good for magnitudes below 2^22; codes need 2^16.
 */
// @ts-ignore: decorator
@inline const ROUNDER: f32 = 12582912;
// @ts-ignore: decorator
@inline const ROUNDER_BITS = 0x4b400000;

/** Σ (x − x̂)² since `clearErrors`. */
export let noise: f64 = 0;
/** max |x − x̂| since `clearErrors`. */
export let maxError: f32 = 0;

export function clearErrors(): void {
  noise = 0;
  maxError = 0;
}

let even: v128 = f64x2.splat(0);
let odd: v128 = f64x2.splat(0);
let largest: v128 = f32x4.splat(0);

/** Moves the sums of the vector loops to `noise` and `maxError`. */
function settle(): void {
  const sum = f64x2.add(even, odd);
  noise += f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  for (let i = 0; i < 4; i += 1) {
    maxError = max(maxError, f32x4.extract_lane(largest, 0));
    largest = i32x4.shuffle(largest, largest, 1, 2, 3, 0);
  }
  even = f64x2.splat(0);
  odd = f64x2.splat(0);
  largest = f32x4.splat(0);
}

/** Stores four codes at `to`: the low bits of 32-bit lanes. */
// @ts-ignore: decorator
@inline
function storeCodes(codes: v128, to: usize, mode: i32): void {
  if (mode === BYTES) v128.store32_lane(to, i8x16.shuffle(codes, codes, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12), 0);
  else v128.store64_lane(to, i8x16.shuffle(codes, codes, 0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13), 0);
}

/** One value; the tail of every vector loop. Returns x − x̂. */
// @ts-ignore: decorator
@inline
function single(at: usize, scale: f32, zeroPoint: i32, lowest: f32, highest: f32, to: usize, half: bool, mode: i32): f32 {
  const value = load<f32>(at);
  const middle = <f32>zeroPoint;
  const rounded = nearest<f32>(min<f32>(max<f32>(value / scale, lowest - middle), highest - middle));
  if (mode === BYTES) store<u8>(to, <u8>(<i32>rounded + zeroPoint));
  if (mode === SHORTS) store<u16>(to, <u16>(<i32>rounded + zeroPoint));
  const approximation = rounded * scale;
  const error = value - (half ? throughHalfScalar(approximation) : approximation);
  if (mode === ERRORS) store<f32>(to, error);
  maxError = max<f32>(maxError, abs<f32>(error));
  return error;
}

/** Bytes of output for each value. */
// @ts-ignore: decorator
@inline
function stride(mode: i32): usize {
  return mode === BYTES ? 1 : mode === SHORTS ? 2 : mode === ERRORS ? 4 : 0;
}

/** `count` adjacent values of one group. */
// @ts-ignore: decorator
@inline
function run(at: usize, count: usize, scale: f32, zeroPoint: i32, lowest: f32, highest: f32, to: usize, half: bool, mode: i32): void {
  const scales = f32x4.splat(scale);
  const bottom = f32x4.splat(lowest - <f32>zeroPoint);
  const top = f32x4.splat(highest - <f32>zeroPoint);
  const offset = i32x4.splat(ROUNDER_BITS - zeroPoint);
  const end = at + (count << 2);
  const bulk = at + ((count & ~3) << 2);
  let sumEven = even;
  let sumOdd = odd;
  let most = largest;
  for (; at < bulk; at += 16) {
    const value = v128.load(at);
    const shifted = f32x4.add(f32x4.pmin(f32x4.pmax(f32x4.div(value, scales), bottom), top), f32x4.splat(ROUNDER));
    let approximation = f32x4.mul(f32x4.sub(shifted, f32x4.splat(ROUNDER)), scales);
    if (half) approximation = throughHalf(approximation);
    const error = f32x4.sub(value, approximation);
    most = f32x4.pmax(most, f32x4.abs(error));
    const first = f64x2.promote_low_f32x4(error);
    const second = f64x2.promote_low_f32x4(i32x4.shuffle(error, error, 2, 3, 2, 3));
    sumEven = f64x2.add(sumEven, f64x2.mul(first, first));
    sumOdd = f64x2.add(sumOdd, f64x2.mul(second, second));
    if (mode === BYTES || mode === SHORTS) storeCodes(i32x4.sub(shifted, offset), to, mode);
    if (mode === ERRORS) v128.store(to, error);
    to += stride(mode) << 2;
  }
  even = sumEven;
  odd = sumOdd;
  largest = most;
  let rest: f64 = 0;
  for (; at < end; at += 4) {
    const error = <f64>single(at, scale, zeroPoint, lowest, highest, to, half, mode);
    rest += error * error;
    to += stride(mode);
  }
  noise += rest;
}

/** A row of values of `count` groups. */
// @ts-ignore: decorator
@inline
function strip(at: usize, count: usize, scales: usize, zeroPoints: usize, lowest: f32, highest: f32, to: usize, noises: usize, half: bool, mode: i32): void {
  const bulk = count & ~3;
  let column: usize = 0;
  let sumEven = even;
  let sumOdd = odd;
  let most = largest;
  for (; column < bulk; column += 4) {
    const value = v128.load(at + (column << 2));
    const scale = v128.load(scales + (column << 2));
    const zeroPoint = v128.load(zeroPoints + (column << 2));
    const middle = f32x4.convert_i32x4_s(zeroPoint);
    const bottom = f32x4.sub(f32x4.splat(lowest), middle);
    const top = f32x4.sub(f32x4.splat(highest), middle);
    const shifted = f32x4.add(f32x4.pmin(f32x4.pmax(f32x4.div(value, scale), bottom), top), f32x4.splat(ROUNDER));
    let approximation = f32x4.mul(f32x4.sub(shifted, f32x4.splat(ROUNDER)), scale);
    if (half) approximation = throughHalf(approximation);
    const error = f32x4.sub(value, approximation);
    const first = f64x2.promote_low_f32x4(error);
    const second = f64x2.promote_low_f32x4(i32x4.shuffle(error, error, 2, 3, 2, 3));
    if (mode === NOISE) {
      const into = noises + (column << 3);
      v128.store(into, f64x2.add(v128.load(into), f64x2.mul(first, first)));
      v128.store(into, f64x2.add(v128.load(into, 16), f64x2.mul(second, second)), 16);
    } else {
      most = f32x4.pmax(most, f32x4.abs(error));
      sumEven = f64x2.add(sumEven, f64x2.mul(first, first));
      sumOdd = f64x2.add(sumOdd, f64x2.mul(second, second));
    }
    if (mode === BYTES || mode === SHORTS) storeCodes(i32x4.add(i32x4.sub(shifted, i32x4.splat(ROUNDER_BITS)), zeroPoint), to, mode);
    if (mode === ERRORS) v128.store(to, error);
    to += stride(mode) << 2;
  }
  even = sumEven;
  odd = sumOdd;
  largest = most;
  let rest: f64 = 0;
  for (; column < count; column += 1) {
    const error = <f64>single(at + (column << 2), load<f32>(scales + (column << 2)), load<i32>(zeroPoints + (column << 2)), lowest, highest, to, half, mode);
    if (mode === NOISE) store<f64>(noises + (column << 3), load<f64>(noises + (column << 3)) + error * error);
    else rest += error * error;
    to += stride(mode);
  }
  noise += rest;
}

// @ts-ignore: decorator
@inline
function pass(
  values: usize, outer: usize, axis: usize, inner: usize, block: usize, cyclic: bool,
  scales: usize, zeroPoints: usize, lowest: f32, highest: f32, to: usize, half: bool, mode: i32,
): void {
  let at = values;
  let group: usize = 0;
  let out = to;
  for (let unit: usize = 0; unit < outer; unit += 1) {
    if (cyclic) group = 0;
    for (let row: usize = 0; row < axis; row += block) {
      const rows = min(block, axis - row);
      if (inner === 1) {
        run(at, rows, load<f32>(scales + (group << 2)), load<i32>(zeroPoints + (group << 2)), lowest, highest, out, half, mode);
        if (mode === NOISE) {
          settle();
          store<f64>(to + (group << 3), load<f64>(to + (group << 3)) + noise);
          noise = 0;
        }
        at += rows << 2;
        out += rows * stride(mode);
      } else {
        for (let i: usize = 0; i < rows; i += 1) {
          strip(at, inner, scales + (group << 2), zeroPoints + (group << 2), lowest, highest, out, to + (group << 3), half, mode);
          at += inner << 2;
          out += inner * stride(mode);
        }
      }
      group += inner;
    }
  }
  if (mode !== NOISE) settle();
}

/** Adds the errors of a chunk to `noise` and `maxError`. */
export function measure(
  values: usize, outer: usize, axis: usize, inner: usize, block: usize, cyclic: bool,
  scales: usize, zeroPoints: usize, lowest: f32, highest: f32, half: bool,
): void {
  if (half) pass(values, outer, axis, inner, block, cyclic, scales, zeroPoints, lowest, highest, 0, true, MEASURE);
  else pass(values, outer, axis, inner, block, cyclic, scales, zeroPoints, lowest, highest, 0, false, MEASURE);
}

/** Adds Σ (x − x̂)² of each group to the doubles at `noises`. Call `clearErrors` before. */
export function groupNoises(
  values: usize, outer: usize, axis: usize, inner: usize, block: usize, cyclic: bool,
  scales: usize, zeroPoints: usize, lowest: f32, highest: f32, half: bool, noises: usize,
): void {
  if (half) pass(values, outer, axis, inner, block, cyclic, scales, zeroPoints, lowest, highest, noises, true, NOISE);
  else pass(values, outer, axis, inner, block, cyclic, scales, zeroPoints, lowest, highest, noises, false, NOISE);
}

/** Like `measure`, and writes one byte for each code. */
export function quantizeToBytes(
  values: usize, outer: usize, axis: usize, inner: usize, block: usize, cyclic: bool,
  scales: usize, zeroPoints: usize, lowest: f32, highest: f32, half: bool, codes: usize,
): void {
  if (half) pass(values, outer, axis, inner, block, cyclic, scales, zeroPoints, lowest, highest, codes, true, BYTES);
  else pass(values, outer, axis, inner, block, cyclic, scales, zeroPoints, lowest, highest, codes, false, BYTES);
}

/** Like `measure`, and writes two bytes for each code, little-endian. */
export function quantizeToShorts(
  values: usize, outer: usize, axis: usize, inner: usize, block: usize, cyclic: bool,
  scales: usize, zeroPoints: usize, lowest: f32, highest: f32, half: bool, codes: usize,
): void {
  if (half) pass(values, outer, axis, inner, block, cyclic, scales, zeroPoints, lowest, highest, codes, true, SHORTS);
  else pass(values, outer, axis, inner, block, cyclic, scales, zeroPoints, lowest, highest, codes, false, SHORTS);
}

/** Like `measure`, and writes x − x̂ of each value as a float32. */
export function errorsOf(
  values: usize, outer: usize, axis: usize, inner: usize, block: usize, cyclic: bool,
  scales: usize, zeroPoints: usize, lowest: f32, highest: f32, half: bool, errors: usize,
): void {
  if (half) pass(values, outer, axis, inner, block, cyclic, scales, zeroPoints, lowest, highest, errors, true, ERRORS);
  else pass(values, outer, axis, inner, block, cyclic, scales, zeroPoints, lowest, highest, errors, false, ERRORS);
}

/** Writes the float16 of each value and adds the errors to `noise` and `maxError`. Padded with zeros to a multiple of four. */
export function quantizeToHalves(values: usize, count: usize, halves: usize): void {
  for (let i: usize = 0; i < count; i += 4) {
    const value = v128.load(values + (i << 2));
    const half = halfBits(value);
    v128.store64_lane(halves + (i << 1), i16x8.narrow_i32x4_u(half, half), 0);
    const error = f32x4.sub(value, halfValue(half));
    largest = f32x4.pmax(largest, f32x4.abs(error));
    const first = f64x2.promote_low_f32x4(error);
    const second = f64x2.promote_low_f32x4(i32x4.shuffle(error, error, 2, 3, 2, 3));
    even = f64x2.add(even, f64x2.mul(first, first));
    odd = f64x2.add(odd, f64x2.mul(second, second));
  }
  settle();
}

/** Writes the error of each value's float16. Padded to a multiple of four. */
export function halfErrorsOf(values: usize, count: usize, errors: usize): void {
  for (let i: usize = 0; i < count; i += 4) {
    const value = v128.load(values + (i << 2));
    v128.store(errors + (i << 2), f32x4.sub(value, throughHalf(value)));
  }
}
