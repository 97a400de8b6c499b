import { mkdir, open, readdir, realpath, rename, rm, stat, statfs, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file that is being written. */
export interface OutputHandle {
  /** Writes all of `bytes` at `offset`. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Waits until all that was written, by others too, is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What writing a result needs of the file system; tests put disks that are full or read-only here. Rejects with system errors. */
export interface OutputFs {
  /** Creates a new file of `size` zero bytes; fails when it exists. */
  create(path: string, size: number): Promise<OutputHandle>;
  /** Creates a folder in one that exists. */
  makeFolder(path: string): Promise<void>;
  /** Done when it would outlast a loss of power. */
  rename(from: string, to: string): Promise<void>;
  removeFile(path: string): Promise<void>;
  /** Removes a folder and what is in it. */
  removeFolder(path: string): Promise<void>;
  /** What is at the path, or where a link there leads; null when nothing is. A device, a pipe or a socket is `other`. */
  kindOf(path: string): Promise<'file' | 'folder' | 'other' | null>;
  /** The path with all links resolved; null when nothing is there. */
  truePath(path: string): Promise<string | null>;
  list(folder: string): Promise<readonly string[]>;
  /** Bytes that may still be written to the folder's disk; null when the system does not say. */
  freeBytes(folder: string): Promise<number | null>;
}

/** Writes a folder's list of names to the disk, where the system lets a program ask for that (Windows does not). */
async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // The file has its name; that is all that such a system promises.
  }
}

export const nodeOutputFs: OutputFs = {
  async create(path, size) {
    const handle = await open(path, 'wx');
    try {
      await handle.truncate(size);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return {
      async write(bytes, offset) {
        let written = 0;
        while (written < bytes.length) {
          const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, offset + written);
          written += bytesWritten;
        }
      },
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  async makeFolder(path) {
    // Not recursive: where the system refuses with an odd code, as in /proc, Node would try for ever.
    await mkdir(path);
  },
  async rename(from, to) {
    await rename(from, to);
    await syncFolder(dirname(to));
  },
  removeFile: unlink,
  removeFolder: (path) => rm(path, { recursive: true, force: true }),
  async kindOf(path) {
    try {
      const found = await stat(path);
      if (found.isDirectory()) return 'folder';
      return found.isFile() ? 'file' : 'other';
    } catch {
      return null;
    }
  },
  async truePath(path) {
    try {
      return await realpath(path);
    } catch {
      return null;
    }
  },
  list: (folder) => readdir(folder),
  async freeBytes(folder) {
    try {
      const { blocks, bavail, bsize } = await statfs(folder);
      // File systems that are none of a disk, such as /proc, have no blocks at all.
      return blocks === 0 ? null : bavail * bsize;
    } catch {
      return null;
    }
  },
};
