// float16 in SIMD lanes. Twin: src/onnx/float16.ts.

/** float32 lanes to float16 bits in 32-bit lanes, to nearest, ties to even; beyond the largest value: infinity. */
// @ts-ignore: decorator
@inline
export function halfBits(value: v128): v128 {
  const magnitude = v128.and(value, i32x4.splat(0x7fffffff));
  const sign = v128.and(i32x4.shr_u(value, 16), i32x4.splat(0x8000));
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
  const rounded = i32x4.add(i32x4.add(magnitude, i32x4.splat(0xfff)), odd);
  const normal = i32x4.sub(i32x4.shr_u(rounded, 13), i32x4.splat(112 << 10));
  const subnormal = i32x4.sub(f32x4.add(magnitude, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
  let half = v128.bitselect(normal, subnormal, i32x4.ge_s(magnitude, i32x4.splat(0x38800000)));
  half = v128.bitselect(i32x4.splat(0x7c00), half, i32x4.ge_s(magnitude, i32x4.splat(0x477ff000)));
  half = v128.bitselect(i32x4.splat(0x7e00), half, i32x4.gt_s(magnitude, i32x4.splat(0x7f800000)));
  return v128.or(half, sign);
}

/** float16 bits in 32-bit lanes to float32. Exact: the multiplication moves the exponent, for subnormals too. */
// @ts-ignore: decorator
@inline
export function halfValue(half: v128): v128 {
  const sign = i32x4.shl(v128.and(half, i32x4.splat(0x8000)), 16);
  const magnitude = v128.and(half, i32x4.splat(0x7fff));
  const finite = f32x4.mul(i32x4.shl(magnitude, 13), f32x4.splat(<f32>5.192296858534828e33)); // 2^112
  const special = v128.and(i32x4.splat(0x7f800000), i32x4.ge_s(magnitude, i32x4.splat(0x7c00)));
  return v128.or(v128.or(finite, special), sign);
}

// @ts-ignore: decorator
@inline
export function throughHalf(value: v128): v128 {
  return halfValue(halfBits(value));
}

// @ts-ignore: decorator
@inline
export function throughHalfScalar(value: f32): f32 {
  return f32x4.extract_lane(throughHalf(f32x4.splat(value)), 0);
}
