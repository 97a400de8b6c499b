import type { DataType } from './dtypes';
import { bitsPerElement, packedByteLength } from './dtypes';

/** The integer fields of a TensorProto: varints, one for each element (or for each byte of packed 4- and 2-bit codes). */
export type TypedField = 'int32_data' | 'int64_data' | 'uint64_data';

/**
 * Bytes that one varint of a typed field stands for in `raw_data`. Types below a byte are packed in the field as they
 * are in `raw_data`: one varint for each byte.
 */
function bytesPerVarint(type: DataType): number {
  return Math.max(bitsPerElement(type) / 8, 1);
}

/** How many varints of a typed field hold `count` elements. */
export function varintCount(type: DataType, count: number): number {
  return packedByteLength(type, count) / bytesPerVarint(type);
}

/**
 * Decodes a packed run of varints into the little-endian layout of `raw_data`. Each is cut to the width of the element,
 * which is how negative numbers are stored. Returns null when the run does not hold exactly `count` elements.
 */
export function unpackVarints(run: Uint8Array, type: DataType, count: number): Uint8Array | null {
  // Checked before anything is allocated: a hostile shape can ask for any amount of memory.
  if (run.length < varintCount(type, count)) return null;
  const width = bytesPerVarint(type);
  const result = new Uint8Array(packedByteLength(type, count));
  const view = new DataView(result.buffer);
  let position = 0;
  for (let offset = 0; offset < result.length; offset += width) {
    let low = 0;
    let high = 0;
    let shift = 0;
    let byte: number;
    do {
      if (position === run.length) return null;
      byte = run[position++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else if (shift < 64) high |= bits << (shift - 32);
      shift += 7;
    } while (byte >= 0x80);
    if (width === 1) result[offset] = low;
    else if (width === 2) view.setUint16(offset, low & 0xffff, true);
    else view.setUint32(offset, low >>> 0, true);
    if (width === 8) view.setUint32(offset + 4, high >>> 0, true);
  }
  return position === run.length ? result : null;
}
