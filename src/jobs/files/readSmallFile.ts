import { readFileSync, statSync } from 'node:fs';
import { NibbleError } from '../../errors';
import { readError } from './fsErrors';

/** What a file that is read whole has to be. */
export interface SmallFile {
  readonly maxBytes: number;
  readonly tooLarge: (bytes: number) => NibbleError;
  /** What to do about something that is no file, as a sentence. */
  readonly remedy: string;
}

/** A whole file, looked at first: it may be anything. Throws `not-found`, `unreadable` or what `tooLarge` makes. */
export function readSmallFile(path: string, { maxBytes, tooLarge, remedy }: SmallFile): Buffer {
  try {
    const found = statSync(path);
    // A pipe would wait for ever, and a device may have no end.
    if (!found.isFile() && !found.isDirectory()) throw new NibbleError('unreadable', `${path} is not a regular file. ${remedy}`, { file: path });
    if (found.size > maxBytes) throw tooLarge(found.size);
    return readFileSync(path);
  } catch (error) {
    throw readError(error, path);
  }
}
