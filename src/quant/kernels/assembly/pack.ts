// Codes of one byte each into 4 or 2 bits. Twin: packCodes in src/quant/packing.ts.
// Output may overlap the input when it starts at the same place: it never overtakes it.

/** Pairs: the low half of the second byte moves beside that of the first. Padded to 16 codes; writes 8 bytes at a time. */
export function packNibbles(codes: usize, count: usize, to: usize): void {
  for (let i: usize = 0; i < count; i += 16) {
    const pairs = v128.load(codes + i);
    const first = v128.and(pairs, i16x8.splat(0x000f));
    const second = v128.and(i16x8.shr_u(pairs, 4), i16x8.splat(0x00f0));
    const bytes = v128.or(first, second);
    v128.store64_lane(to + (i >> 1), i8x16.narrow_i16x8_u(bytes, bytes), 0);
  }
}

/** Four codes of two bits in a byte. Padded to 16 codes; writes 4 bytes at a time. */
export function packCrumbs(codes: usize, count: usize, to: usize): void {
  for (let i: usize = 0; i < count; i += 16) {
    const quads = v128.and(v128.load(codes + i), i8x16.splat(3));
    let bytes = v128.or(quads, i32x4.shr_u(quads, 6));
    bytes = v128.or(bytes, i32x4.shr_u(bytes, 12));
    v128.store32_lane(to + (i >> 2), i8x16.shuffle(bytes, bytes, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12), 0);
  }
}
