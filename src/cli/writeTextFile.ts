import { writeFileSync } from 'node:fs';
import { writeError } from '../jobs/files/fsErrors';

/** Writes a report that was asked for by name, replacing an older one. Throws `not-writable` or `disk-full`. */
export function writeTextFile(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw writeError(error, path);
  }
}
