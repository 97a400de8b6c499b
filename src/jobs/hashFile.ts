import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { NibbleError } from '../errors';
import { readError } from './files/fsErrors';

/** A file's SHA-256 in hexadecimal, as plans and reports name a model's exact content. Throws `not-found`, `unreadable` or `cancelled`. */
export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash, { signal });
  } catch (error) {
    if (signal.aborted) throw new NibbleError('cancelled', 'Cancelled.');
    throw readError(error, path);
  }
  return hash.digest('hex');
}
