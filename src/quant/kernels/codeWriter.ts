import { packedBytes } from '../packing';
import type { WeightBits } from '../scheme';
import type { Kernels } from './kernels';

/** Writes bytes at a position of the output. The bytes are a view that is good during the call only. */
export type WriteAt = (bytes: Uint8Array, position: number) => void;

/**
 * Writes the codes of consecutive chunks, packed. Codes that do not fill a byte at a chunk's end are kept and go in
 * front of the next chunk's.
 */
export class CodeWriter {
  /** Codes that a byte holds; 1 where a code fills one or two. */
  private readonly perByte: number;
  private kept = new Uint8Array(0);

  /** @param position where the first code goes, in bytes. */
  constructor(
    private readonly kernels: Kernels,
    private readonly bits: WeightBits,
    private readonly write: WriteAt,
    private position: number,
  ) {
    this.perByte = bits < 8 ? 8 / bits : 1;
  }

  /** Where the kernels have to leave room for kept codes. */
  get keptCount(): number {
    return this.kept.length;
  }

  /** Takes `count` codes that the kernels wrote into their output behind the kept ones. */
  append(count: number): void {
    if (this.perByte === 1) {
      this.flush(packedBytes(this.bits, count));
      return;
    }
    const available = this.kept.length + count;
    this.kernels.output(this.kept.length).set(this.kept);
    const whole = available - (available % this.perByte);
    this.kept = this.kernels.output(available).slice(whole);
    this.kernels.pack(this.bits, whole);
    this.flush(packedBytes(this.bits, whole));
  }

  /** Writes what is left, padded with zero bits: only right at the end of the tensor. */
  finish(): void {
    if (this.kept.length === 0) return;
    const output = this.kernels.output(this.perByte);
    output.fill(0);
    output.set(this.kept);
    this.kept = new Uint8Array(0);
    this.kernels.pack(this.bits, this.perByte);
    this.flush(1);
  }

  private flush(byteLength: number): void {
    if (byteLength > 0) this.write(this.kernels.output(byteLength), this.position);
    this.position += byteLength;
  }
}
