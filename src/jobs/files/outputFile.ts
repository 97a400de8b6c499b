import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { NibbleError } from '../../errors';
import { errorCode, writeError } from './fsErrors';
import type { OutputFs, OutputHandle } from './outputFs';

/** Ends the names of files that are still being written. */
const TEMPORARY_SUFFIX = '.nibble-tmp';

/**
 * A result that is being written. It grows under a temporary name in the target's own folder (so that the last step is
 * a rename within one disk) and has its real name only when it is complete.
 */
export interface OutputFile {
  /** The name it will have. */
  readonly path: string;
  /** Where its bytes are written until it is complete; worker threads write here too. */
  readonly temporaryPath: string;
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Gives the file its name, replacing an older file of that name. Throws `not-writable`. */
  commit(): Promise<void>;
  /** Removes what was written. Safe to call at any time, also after `commit`, when it does nothing. */
  discard(): Promise<void>;
}

/**
 * Starts a result of `size` bytes. Throws before anything is written: `invalid-argument` when it would replace one of
 * `inputs`, `not-writable` when the folder cannot be written to, `disk-full` when it would not fit.
 */
export async function createOutput(fs: OutputFs, path: string, size: number, inputs: readonly string[]): Promise<OutputFile> {
  const folder = dirname(path);
  await checkTarget(fs, path, inputs);
  await removeAbandoned(fs, path);
  const free = await fs.freeBytes(folder);
  if (free !== null && free < size) {
    throw new NibbleError('disk-full', `${path} needs ${megabytes(size)} MB, but only ${megabytes(free)} MB are free on that disk. Free some space or choose another disk.`, { file: path });
  }
  const temporaryPath = join(folder, `${temporaryPrefix(path)}${process.pid}.${randomBytes(4).toString('hex')}${TEMPORARY_SUFFIX}`);
  const handle = await attempt(path, () => fs.create(temporaryPath, size));
  return openOutput(fs, path, temporaryPath, handle);
}

function openOutput(fs: OutputFs, path: string, temporaryPath: string, handle: OutputHandle): OutputFile {
  let state: 'open' | 'closed' | 'done' = 'open';
  const close = async (): Promise<void> => {
    if (state !== 'open') return;
    state = 'closed';
    await handle.close();
  };
  return {
    path,
    temporaryPath,
    write: (bytes, offset) => attempt(path, () => handle.write(bytes, offset)),
    async commit() {
      await attempt(path, async () => {
        // A file system may report a full disk only when the file is closed.
        await close();
        await fs.rename(temporaryPath, path);
      });
      state = 'done';
    },
    async discard() {
      if (state === 'done') return;
      // A failure here must not hide the failure that led here.
      await close().catch(() => undefined);
      state = 'done';
      await fs.unlink(temporaryPath).catch(() => undefined);
    },
  };
}

/** Removes files that an export of the same name left when its process was killed. */
export async function removeAbandoned(fs: OutputFs, path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = temporaryPrefix(path);
  for (const name of await fs.list(folder).catch(() => [])) {
    if (!name.startsWith(prefix) || !name.endsWith(TEMPORARY_SUFFIX)) continue;
    const pid = Number(name.slice(prefix.length).split('.')[0]);
    if (Number.isInteger(pid) && !isRunning(pid)) await fs.unlink(join(folder, name)).catch(() => undefined);
  }
}

async function checkTarget(fs: OutputFs, path: string, inputs: readonly string[]): Promise<void> {
  const folder = dirname(path);
  if ((await fs.kindOf(folder)) !== 'folder') {
    throw new NibbleError('not-writable', `${path} cannot be written, because the folder ${folder} does not exist. Create it or choose another one.`, { file: path });
  }
  if ((await fs.kindOf(path)) === 'folder') {
    throw new NibbleError('not-writable', `${path} cannot be written, because a folder has that name. Choose another name.`, { file: path });
  }
  const target = (await fs.truePath(path)) ?? join((await fs.truePath(folder)) ?? folder, basename(path));
  for (const input of inputs) {
    if (target === ((await fs.truePath(input)) ?? input)) {
      throw new NibbleError('invalid-argument', `The output would replace ${input}, which Nibble never does. Choose another name for the output.`, { file: path });
    }
  }
}

/** Longest part of the target's name that goes into the temporary name, so that the result stays a legal file name. */
const MAX_PREFIX_LENGTH = 100;

function temporaryPrefix(path: string): string {
  return `.${basename(path).slice(0, MAX_PREFIX_LENGTH)}.`;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw writeError(error, path);
  }
}
