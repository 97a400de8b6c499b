/** Bytes that the shortest varint of a non-negative integer takes. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/**
 * Writes a non-negative integer as a varint of exactly `width` bytes, which may be more than the shortest form: decoders
 * accept trailing zero groups, and so a length can be patched in place.
 */
export function writeVarint(target: Uint8Array, offset: number, value: number, width = varintBytes(value)): void {
  let rest = value;
  for (let index = 0; index < width - 1; index++) {
    target[offset + index] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  target[offset + width - 1] = rest;
}

/** A byte buffer that grows at its end and can be cut back. */
export class GrowingBytes {
  length = 0;
  #bytes = new Uint8Array(4096);

  /** Makes room for `count` more bytes and returns them for filling. Valid until the next call. */
  extend(count: number): Uint8Array {
    const start = this.length;
    const needed = start + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
    }
    this.length = needed;
    return this.#bytes.subarray(start, needed);
  }

  patchVarint(offset: number, value: number, width: number): void {
    writeVarint(this.#bytes, offset, value, width);
  }

  truncate(length: number): void {
    this.length = length;
  }

  /** A copy of [start, end). */
  slice(start: number, end = this.length): Uint8Array {
    return this.#bytes.slice(start, end);
  }

  /** The content without copying; valid until the buffer is changed. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}
