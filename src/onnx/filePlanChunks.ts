import { throwIfCancelled } from '../errors';
import type { FilePlan } from './pieces';
import type { ByteSource } from './source';

/** Large enough that a system call costs nothing against the copying, small enough to cancel and to report between two. */
export const CHUNK_BYTES = 2 ** 20;

/** Bytes and the place in the new file where they belong. */
export interface Chunk {
  readonly offset: number;
  /** Valid until the next chunk is asked for. */
  readonly bytes: Uint8Array;
}

/**
 * The bytes of a planned file in order, at most `CHUNK_BYTES` at a time. Holes are left out: the offsets jump over them.
 * `sourceOf` gives the file that a copy reads: the model for null, else external data by its location. Throws `cancelled`
 * between chunks, and what the sources throw.
 */
export function* chunksOf(plan: FilePlan, sourceOf: (from: string | null) => ByteSource, signal?: AbortSignal): Generator<Chunk> {
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, plan.size));
  let filled = 0;
  let offset = 0;
  for (const piece of plan.pieces) {
    if (piece.kind === 'hole') {
      if (filled > 0) yield { offset: offset - filled, bytes: buffer.subarray(0, filled) };
      filled = 0;
      offset += piece.length;
      continue;
    }
    const length = piece.kind === 'copy' ? piece.end - piece.start : piece.bytes.length;
    for (let done = 0; done < length; ) {
      const step = Math.min(length - done, buffer.length - filled);
      const target = buffer.subarray(filled, filled + step);
      if (piece.kind === 'copy') sourceOf(piece.from).readInto(target, piece.start + done);
      else target.set(piece.bytes.subarray(done, done + step));
      done += step;
      filled += step;
      offset += step;
      if (filled === buffer.length) {
        throwIfCancelled(signal);
        yield { offset: offset - filled, bytes: buffer };
        filled = 0;
      }
    }
  }
  if (filled > 0) yield { offset: offset - filled, bytes: buffer.subarray(0, filled) };
}
