/** Largest finite float16. A tensor with anything beyond it cannot be stored as float16. */
export const FLOAT16_MAX = 65504;

/** Smallest positive float16, 2^−24; also the unit in which its subnormals are counted. */
export const FLOAT16_TINY = 2 ** -24;

const bits = new DataView(new ArrayBuffer(8));

/**
 * The float16 nearest to a float32, ties to even, as its 16 bits. Beyond the largest finite value: infinity.
 * @param value must be exactly a float32.
 */
export function toFloat16(value: number): number {
  bits.setFloat32(0, value);
  const pattern = bits.getUint32(0);
  const sign = (pattern >>> 16) & 0x8000;
  const magnitude = pattern & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 is halfway between the largest finite value and what would follow it.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    // Normal result: drop 13 bits of the fraction; the carry of the rounding may run into the exponent, as it should.
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((rounded >>> 13) - (112 << 10));
  }
  // Subnormal result: in 0.5..1 a float32's last place is worth exactly 2^−24, so the addition does the rounding.
  bits.setFloat32(0, Math.fround(Math.abs(value) + 0.5));
  return sign | (bits.getUint32(0) - 0x3f000000);
}

/** The value of a float16's 16 bits. Exact. */
export function fromFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * FLOAT16_TINY : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The value of a bfloat16's 16 bits: the upper half of a float32. Exact. */
export function fromBfloat16(half: number): number {
  bits.setUint32(0, (half << 16) >>> 0);
  return bits.getFloat32(0);
}
