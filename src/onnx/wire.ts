import { NibbleError } from '../errors';
import type { ByteSource } from './source';
import { TextPool } from './textPool';

/** Protobuf wire types. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
export const START_GROUP = 3;
export const END_GROUP = 4;
export const FIXED32 = 5;

/** The longest legal varint: 64 bits in groups of seven. */
const MAX_VARINT_BYTES = 10;
/** First read after a jump over a payload; small because the next payload is often a few hundred bytes away. */
const MIN_WINDOW_BYTES = 512;
/** Reads double up to this while they stay sequential; beyond it a system call costs nothing against the copying. */
const MAX_WINDOW_BYTES = 256 * 1024;
const SHORT_COPY_BYTES = 48;

/**
 * Reads protobuf primitives from a file through a small window. Jumping over a payload reads nothing of it. Throws
 * `truncated` where the file ends inside a value and `malformed` where bytes are no valid value, naming the byte.
 */
export class WireReader {
  /** Where the next value starts, from the beginning of the file. */
  position: number;
  /** Where reading stops. */
  readonly end: number;
  readonly #source: ByteSource;
  readonly #buffer: Buffer;
  readonly #texts = new TextPool();
  #window: Buffer;
  #windowStart: number;
  #nextBytes = MIN_WINDOW_BYTES;
  /** The low and high half of the number that was read last. */
  #low = 0;
  #high = 0;

  constructor(source: ByteSource, start = 0, end = source.size) {
    this.#source = source;
    this.end = end;
    this.position = start;
    this.#windowStart = start;
    this.#buffer = Buffer.alloc(Math.max(Math.min(MAX_WINDOW_BYTES, end - start), 1));
    this.#window = this.#buffer.subarray(0, 0);
  }

  /** An unsigned varint. Exact up to 2^53, which covers every tag and every length that fits a file. */
  varint(): number {
    let index = this.#ahead(MAX_VARINT_BYTES);
    const window = this.#window;
    const start = index;
    let byte = window[index++];
    if (byte !== undefined && byte < 0x80) {
      this.position += 1;
      return byte;
    }
    let value = 0;
    let unit = 1;
    while (byte !== undefined) {
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) {
        this.position += index - start;
        return value;
      }
      if (index - start === MAX_VARINT_BYTES) throw this.malformed('a number is longer than 64 bits');
      unit *= 128;
      byte = window[index++];
    }
    throw this.truncated(this.end);
  }

  /** A varint as a signed integer of 64 bits: the nearest double, exact within ±2^53. */
  int64(): number {
    this.#readBits();
    return this.#high * 2 ** 32 + (this.#low >>> 0);
  }

  /** A varint as a signed integer of 32 bits; of a longer one the low bits count, as protobuf prescribes. */
  int32(): number {
    this.#readBits();
    return this.#low;
  }

  float32(): number {
    if (this.end - this.position < 4) throw this.truncated(this.position + 4);
    const index = this.#ahead(4);
    const value = this.#window.readFloatLE(index);
    this.position += 4;
    return value;
  }

  /** A text of `length` bytes. */
  text(length: number): string {
    if (length > this.end - this.position) throw this.truncated(this.position + length);
    if (length > MAX_WINDOW_BYTES) return Buffer.from(this.read(length).buffer).toString();
    const start = this.#ahead(length);
    this.position += length;
    return this.#texts.textOf(this.#window, start, start + length);
  }

  skip(length: number): void {
    if (length > this.end - this.position) throw this.truncated(this.position + length);
    this.position += length;
  }

  /** Copies the next `length` bytes to `target`, from `at` on. */
  copyTo(target: Uint8Array, at: number, length: number): void {
    if (length > this.end - this.position) throw this.truncated(this.position + length);
    if (length > MAX_WINDOW_BYTES) {
      this.#source.readInto(target.subarray(at, at + length), this.position);
    } else {
      const index = this.#ahead(length);
      const window = this.#window;
      // Most pieces are names; for a few bytes a loop is faster than making two views.
      if (length <= SHORT_COPY_BYTES) for (let step = 0; step < length; step++) target[at + step] = window[index + step]!;
      else target.set(window.subarray(index, index + length), at);
    }
    this.position += length;
  }

  /** A copy of the next `length` bytes. */
  read(length: number): Uint8Array {
    if (length > this.end - this.position) throw this.truncated(this.position + length);
    const bytes = new Uint8Array(length);
    this.copyTo(bytes, 0, length);
    return bytes;
  }

  malformed(what: string): NibbleError {
    return new NibbleError('malformed', `${this.#source.name} is damaged: at byte ${this.position} ${what}. Get the file again, or export the model again.`, {
      file: this.#source.name,
    });
  }

  truncated(needed: number): NibbleError {
    const reach = Number.isSafeInteger(needed) ? `goes on to byte ${needed}` : 'claims to be longer than any file';
    return new NibbleError(
      'truncated',
      `${this.#source.name} is cut short: the content at byte ${this.position} ${reach}, but the file ends at byte ${this.end}. Download or copy it again.`,
      { file: this.#source.name },
    );
  }

  #readBits(): void {
    let index = this.#ahead(MAX_VARINT_BYTES);
    const window = this.#window;
    const start = index;
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = window[index++];
      if (byte === undefined) throw this.truncated(this.end);
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 64) high |= bits << (shift - 32);
      if (byte < 0x80) break;
      if (index - start === MAX_VARINT_BYTES) throw this.malformed('a number is longer than 64 bits');
    }
    this.#low = low;
    this.#high = high;
    this.position += index - start;
  }

  /** Makes the next `length` bytes (fewer at the end of the file) available and returns their index in the window. */
  #ahead(length: number): number {
    const index = this.position - this.#windowStart;
    const loaded = this.#window.length;
    const inside = index >= 0 && index <= loaded;
    if (inside && (index + length <= loaded || this.#windowStart + loaded === this.end)) return index;
    this.#nextBytes = inside ? Math.min(this.#nextBytes * 2, MAX_WINDOW_BYTES) : MIN_WINDOW_BYTES;
    const wanted = Math.min(Math.max(this.#nextBytes, length), this.end - this.position);
    this.#windowStart = this.position;
    this.#window = this.#buffer.subarray(0, wanted);
    this.#source.readInto(this.#window, this.position);
    return 0;
  }
}
