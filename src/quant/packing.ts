import type { WeightBits } from './scheme';

/** Bytes that `count` codes take; codes below 8 bits are packed and the last byte is padded with zero bits. */
export function packedBytes(bits: WeightBits, count: number): number {
  return Math.ceil((count * bits) / 8);
}

/** Codes as ONNX stores them: little-endian, below 8 bits several in a byte with the first in the lowest bits. */
export function packCodes(codes: ArrayLike<number>, bits: WeightBits): Uint8Array {
  const bytes = new Uint8Array(packedBytes(bits, codes.length));
  if (bits === 16) {
    for (let i = 0; i < codes.length; i += 1) {
      bytes[2 * i] = codes[i]!;
      bytes[2 * i + 1] = codes[i]! >> 8;
    }
    return bytes;
  }
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  for (let i = 0; i < codes.length; i += 1) {
    bytes[Math.floor(i / perByte)]! |= (codes[i]! & mask) << (bits * (i % perByte));
  }
  return bytes;
}

/** The inverse of `packCodes` for the first `count` codes. */
export function unpackCodes(bytes: Uint8Array, bits: WeightBits, signed: boolean, count: number): Int32Array {
  const codes = new Int32Array(count);
  const perByte = Math.max(1, 8 / bits);
  const spare = 32 - bits;
  for (let i = 0; i < count; i += 1) {
    const raw = bits === 16 ? bytes[2 * i]! | (bytes[2 * i + 1]! << 8) : bytes[Math.floor(i / perByte)]! >> (bits * (i % perByte));
    codes[i] = signed ? (raw << spare) >> spare : (raw << spare) >>> spare;
  }
  return codes;
}
