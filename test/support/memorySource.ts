import { NibbleError } from '../../src/errors';
import type { ByteSource, SiblingFiles } from '../../src/onnx/source';

/** A ByteSource over bytes in memory that counts what is read of it. */
export interface MemorySource extends ByteSource {
  readonly bytesRead: number;
  readonly reads: number;
}

export function memorySource(bytes: Uint8Array, name = 'model.onnx'): MemorySource {
  return {
    name,
    size: bytes.length,
    bytesRead: 0,
    reads: 0,
    readInto(this: { bytesRead: number; reads: number }, target: Uint8Array, offset: number): void {
      if (offset < 0 || offset + target.length > bytes.length) {
        throw new NibbleError('truncated', `${name} ends at byte ${bytes.length}, before byte ${offset + target.length}.`, { file: name });
      }
      this.bytesRead += target.length;
      this.reads += 1;
      target.set(bytes.subarray(offset, offset + target.length));
    },
    close(): void {
      // Nothing to release.
    },
  };
}

/** Sibling files by location; any other location is `not-found`. */
export function memorySiblings(files: Readonly<Record<string, Uint8Array>> = {}): SiblingFiles {
  return {
    open(location: string): ByteSource {
      const bytes = files[location];
      if (!bytes) throw new NibbleError('not-found', `${location} is not there.`, { file: location });
      return memorySource(bytes, location);
    },
  };
}
