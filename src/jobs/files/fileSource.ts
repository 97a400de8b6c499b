import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { NibbleError } from '../../errors';
import type { ByteSource } from '../../onnx/source';
import { readError } from './fsErrors';

/** Node refuses to read 2 GiB or more in one call. */
const MAX_READ_BYTES = 2 ** 30;

/** A file of the disk, kept open so that all reads see the same file even when another one is moved over it. */
export interface FileSource extends ByteSource {
  /** Throws `changed` when the path no longer leads to the file, with the content, that was opened. */
  checkUnchanged(): void;
}

/**
 * Opens a file for reading. Throws `not-found` or `unreadable`.
 * @param remedy what to do about something that is no file, as a sentence.
 */
export function openFileSource(path: string, remedy = 'Choose an .onnx file.'): FileSource {
  const handle = openForReading(path);
  const opened = attempt(path, () => fstatSync(handle));
  if (!opened.isFile()) {
    closeSync(handle);
    throw new NibbleError('unreadable', `${path} is ${opened.isDirectory() ? 'a folder' : 'not a regular file'}. ${remedy}`, { file: path });
  }
  let closed = false;
  return {
    name: path,
    size: opened.size,
    readInto(target, offset) {
      let filled = 0;
      while (filled < target.length) {
        const read = attempt(path, () => readSync(handle, target, filled, Math.min(target.length - filled, MAX_READ_BYTES), offset + filled));
        if (read === 0) throw endedEarly(path, opened, fstatSync(handle), offset + filled);
        filled += read;
      }
    },
    checkUnchanged() {
      const now = statSync(path, { throwIfNoEntry: false });
      if (now === undefined) throw new NibbleError('changed', `${path} was moved or deleted while it was open. Open it again from where it is now.`, { file: path });
      if (!isSameContent(opened, now)) throw changed(path);
    },
    close() {
      if (closed) return;
      closed = true;
      closeSync(handle);
    },
  };
}

/** Without waiting: opening a named pipe would otherwise last until somebody writes to it, and nothing could stop it. */
function openForReading(path: string): number {
  // Windows has neither such pipes nor the flag.
  const flags = process.platform === 'win32' ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK;
  return attempt(path, () => openSync(path, flags));
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw readError(error, path);
  }
}

/** Size, time of change and identity: what tells one version of a file from the next without reading it. */
function isSameContent(before: Stats, now: Stats): boolean {
  return before.size === now.size && before.mtimeMs === now.mtimeMs && before.ino === now.ino && before.dev === now.dev;
}

function endedEarly(path: string, opened: Stats, now: Stats, offset: number): NibbleError {
  if (!isSameContent(opened, now)) return changed(path);
  return new NibbleError('truncated', `${path} ends at byte ${now.size}, but its content goes on to byte ${offset} at least. Download or export it again.`, { file: path });
}

function changed(path: string): NibbleError {
  return new NibbleError('changed', `${path} was changed by another program while it was open. Open it again to work with the new content.`, { file: path });
}
