import { extname } from 'node:path';
import { unzipSync } from 'fflate';
import { NibbleError } from '../../errors';
import type { TensorValue } from '../../runtime/tensorValue';
import { readSmallFile } from '../files/readSmallFile';
import { decodeNpy } from './npy';

/** Samples are read whole; more than this at once would take the memory that the models need. */
export const MAX_ARRAY_FILE_BYTES = 2 ** 30;

/** The arrays of a `.npz` file by name, or the one array of a `.npy` file under ''. Throws `not-found`, `unreadable` or `invalid-samples`. */
export function readArrayFile(path: string): ReadonlyMap<string, TensorValue> {
  const bytes = readSampleFile(path);
  return extname(path).toLowerCase() === '.npy' ? new Map([['', decodeNpy(bytes, path)]]) : readArchive(bytes, path);
}

/** A whole file of samples or labels. Throws `not-found`, `unreadable`, and `limit` when it is larger than samples may be. */
export function readSampleFile(path: string): Uint8Array {
  return readSmallFile(path, { maxBytes: MAX_ARRAY_FILE_BYTES, tooLarge: (bytes) => tooLarge(path, bytes), remedy: 'Choose a file of samples or labels.' });
}

function readArchive(bytes: Uint8Array, path: string): ReadonlyMap<string, TensorValue> {
  let total = 0;
  const entries = unzip(bytes, path, (size) => {
    total += size;
    // Checked against what the archive says before anything is unpacked: a small file can claim to hold terabytes.
    if (total > MAX_ARRAY_FILE_BYTES) throw tooLarge(path, total);
  });
  const arrays = new Map<string, TensorValue>();
  for (const [name, content] of Object.entries(entries)) arrays.set(name.replace(/\.npy$/, ''), decodeNpy(content, `${path} (${name})`));
  return arrays;
}

function unzip(bytes: Uint8Array, path: string, onSize: (bytes: number) => void): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(bytes, {
      filter({ name, originalSize }) {
        if (!name.endsWith('.npy')) return false;
        onSize(originalSize);
        return true;
      },
    });
  } catch (error) {
    if (error instanceof NibbleError) throw error;
    throw new NibbleError('invalid-samples', `${path} is not a readable .npz file. Save it again with numpy.savez or numpy.savez_compressed.`, { file: path }, { cause: error });
  }
}

function tooLarge(path: string, bytes: number): NibbleError {
  return new NibbleError('limit', `${path} holds ${Math.round(bytes / 1e6)} MB of samples; at most ${Math.round(MAX_ARRAY_FILE_BYTES / 1e6)} MB are read at once. Split it into several files in one folder.`, { file: path });
}
