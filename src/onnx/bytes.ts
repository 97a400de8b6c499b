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
  #bytes = new Uint8Array(64 * 1024);

  /** Makes room for `count` more bytes and returns where they begin; fill them through `bytes`. */
  extend(count: number): number {
    const start = this.length;
    const needed = start + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
    }
    this.length = needed;
    return start;
  }

  /** The memory behind it; another one after `extend`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  truncate(length: number): void {
    this.length = length;
  }

  /** The content without copying. */
  view(start = 0): Uint8Array {
    return this.#bytes.subarray(start, this.length);
  }
}

const SLAB_BYTES = 64 * 1024;
/** Widest element of any typed array. */
const ALIGNMENT = 8;

/** Hands out small pieces of memory, aligned for any typed array. Thousands of buffers of their own would cost far more to collect. */
export class Slabs {
  #slab = new Uint8Array(0);
  #used = 0;

  take(length: number): Uint8Array {
    if (length > SLAB_BYTES) return new Uint8Array(length);
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used = Math.ceil((start + length) / ALIGNMENT) * ALIGNMENT;
    return this.#slab.subarray(start, start + length);
  }
}
