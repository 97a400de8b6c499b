import { NibbleError } from '../../src/errors';
import type { MemorySource } from './memorySource';

/** A file that is too large to hold: real bytes here and there, zeros between. Counts what is read of it. */
export class VirtualFile implements MemorySource {
  readonly name = 'virtual.onnx';
  size = 0;
  bytesRead = 0;
  reads = 0;
  readonly #parts: { readonly start: number; readonly bytes: Uint8Array }[] = [];

  append(bytes: Uint8Array): this {
    this.#parts.push({ start: this.size, bytes });
    this.size += bytes.length;
    return this;
  }

  appendZeros(length: number): this {
    this.size += length;
    return this;
  }

  readInto(target: Uint8Array, offset: number): void {
    if (offset + target.length > this.size) throw new NibbleError('truncated', `${this.name} ends at byte ${this.size}.`);
    this.bytesRead += target.length;
    this.reads += 1;
    target.fill(0);
    for (const { start, bytes } of this.#parts) {
      const from = Math.max(start, offset);
      const to = Math.min(start + bytes.length, offset + target.length);
      if (from < to) target.set(bytes.subarray(from - start, to - start), from - offset);
    }
  }

  close(): void {
    // Nothing to release.
  }
}
