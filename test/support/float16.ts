/*
 * 16-bit floats by their definition, for comparing the product's arithmetic with: written apart from src/onnx/float16.ts,
 * in doubles where that one works on bits.
 */

const scratch = new DataView(new ArrayBuffer(8));

const HALF_INFINITY = 0x7c00;
const HALF_NAN = 0x7e00;
/** Halfway between the largest half, 65504, and the next step: from here on rounding gives infinity. */
const HALF_OVERFLOW = 65520;
const HALF_MIN_EXPONENT = -14;
const HALF_MANTISSA_BITS = 10;

/** The value of an IEEE 754 binary16 code. Exact; NaN codes give NaN. */
export function halfToNumber(code: number): number {
  const mantissa = code & 0x3ff;
  const exponent = (code >>> HALF_MANTISSA_BITS) & 0x1f;
  let magnitude: number;
  if (exponent === 0) magnitude = mantissa * 2 ** -24;
  else if (exponent === 0x1f) magnitude = mantissa === 0 ? Infinity : NaN;
  else magnitude = (0x400 | mantissa) * 2 ** (exponent - 25);
  return code & 0x8000 ? -magnitude : magnitude;
}

/** The binary16 code nearest to a value, ties to even, rounded once whatever the precision of the value. NaN becomes the quiet NaN of positive sign. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return HALF_NAN;
  scratch.setFloat64(0, value);
  const high = scratch.getUint32(0);
  const sign = (high >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (magnitude >= HALF_OVERFLOW) return sign | HALF_INFINITY;
  const exponent = Math.max(((high >>> 20) & 0x7ff) - 1023, HALF_MIN_EXPONENT);
  // Counted in the last mantissa place. A carry out of the mantissa is the right code of the next exponent.
  const steps = roundHalfEven(magnitude * 2 ** (HALF_MANTISSA_BITS - exponent));
  return sign | (((exponent - HALF_MIN_EXPONENT) << HALF_MANTISSA_BITS) + steps);
}

/** The value of a bfloat16 code: the upper half of a float's bits. Exact. */
export function bfloat16ToNumber(code: number): number {
  scratch.setUint32(0, code << 16);
  return scratch.getFloat32(0);
}

/** The bfloat16 code nearest to a float, ties to even. Doubles are rounded to float first. */
export function numberToBfloat16(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** Decodes many binary16 codes. `target` has room for all of them. */
export function halvesToFloats(codes: Uint16Array, target: Float32Array): void {
  const table = (halfTable ??= Float32Array.from({ length: 65536 }, (_, code) => halfToNumber(code)));
  for (let index = 0; index < codes.length; index++) target[index] = table[codes[index]!]!;
}

/** All values, made at first use: a look-up is several times faster than the arithmetic. */
let halfTable: Float32Array | undefined;

/** Decodes many bfloat16 codes. `target` has room for all of them. */
export function bfloat16sToFloats(codes: Uint16Array, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, codes.length);
  for (let index = 0; index < codes.length; index++) bits[index] = codes[index]! << 16;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
