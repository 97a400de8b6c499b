import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { NibbleError } from '../../errors';
import { formatBytes } from '../../format/numbers';
import { errorCode, writeError } from './fsErrors';
import type { OutputFs, OutputHandle } from './outputFs';

/** Ends the names of folders in which results grow. */
const TEMPORARY_SUFFIX = '.nibble-tmp';

/** A file that is to be written. */
export interface OutputRequest {
  /** The name it will have. */
  readonly path: string;
  readonly size: number;
  /** Its name while it grows. A model must not look like one before it is complete, lest editors list it. */
  readonly temporaryName: string;
  /** Refuse to replace an older file of that name, which may be anybody's. */
  readonly mustBeNew: boolean;
}

/** A file that is being written. */
export interface OutputFile {
  readonly path: string;
  /** Where its bytes are until the set is complete; worker threads write here too. */
  readonly temporaryPath: string;
  write(bytes: Uint8Array, offset: number): Promise<void>;
}

/**
 * Results that belong together. They grow in a temporary folder beside their target (on the same disk, so that the last
 * step is a rename), can be tried out there, and get their names only when all of them are complete.
 */
export interface OutputSet {
  readonly files: readonly OutputFile[];
  /** Ends the writing: everything is on the disk then. A file system may report a full disk only here. */
  close(): Promise<void>;
  /** Gives the files their names, in their order, replacing older files. Throws `not-writable`. */
  commit(): Promise<void>;
  /** Removes what was written. Safe to call at any time; after `commit` it does nothing. */
  discard(): Promise<void>;
}

/**
 * Starts results; the last one gives the temporary folder its name. Throws before anything is written:
 * `invalid-argument` when one would replace one of `inputs`, `not-writable` when the folder cannot be written to,
 * `disk-full` when they would not fit.
 */
export async function createOutputs(fs: OutputFs, requests: readonly OutputRequest[], inputs: readonly string[]): Promise<OutputSet> {
  for (const request of requests) await checkTarget(fs, request, inputs);
  const main = requests.at(-1)!.path;
  await removeAbandoned(fs, main);
  await checkRoom(fs, main, requests.reduce((sum, { size }) => sum + size, 0));
  const folder = join(dirname(main), `${temporaryPrefix(main)}${process.pid}.${randomBytes(4).toString('hex')}${TEMPORARY_SUFFIX}`);
  const set = new GrowingOutputs(fs, folder);
  try {
    await makeTemporary(fs, folder, main);
    for (const request of requests) await set.add(request);
  } catch (error) {
    await set.discard();
    throw error;
  }
  return set;
}

class GrowingOutputs implements OutputSet {
  readonly files: OutputFile[] = [];
  readonly #handles: OutputHandle[] = [];
  #committed = false;

  constructor(
    private readonly fs: OutputFs,
    private readonly folder: string,
  ) {}

  async add({ path, size, temporaryName }: OutputRequest): Promise<void> {
    const temporaryPath = join(this.folder, temporaryName);
    const handle = await attempt(path, () => this.fs.create(temporaryPath, size));
    this.#handles.push(handle);
    this.files.push({ path, temporaryPath, write: (bytes, offset) => attempt(path, () => handle.write(bytes, offset)) });
  }

  async close(): Promise<void> {
    // A name must never outlive a loss of power that its content does not.
    for (const [index, handle] of this.#handles.entries()) await attempt(this.files[index]!.path, () => handle.sync());
    await this.#closeHandles();
  }

  async #closeHandles(): Promise<void> {
    while (this.#handles.length > 0) {
      const handle = this.#handles.pop()!;
      await attempt(this.files[this.#handles.length]!.path, () => handle.close());
    }
  }

  async commit(): Promise<void> {
    await this.close();
    const named: string[] = [];
    for (const { path, temporaryPath } of this.files) {
      try {
        await attempt(path, () => this.fs.rename(temporaryPath, path));
        named.push(path);
      } catch (error) {
        // Without its model a data file is of no use.
        for (const done of named) await this.fs.removeFile(done).catch(() => undefined);
        throw error;
      }
    }
    this.#committed = true;
    await this.fs.removeFolder(this.folder).catch(() => undefined);
  }

  async discard(): Promise<void> {
    if (this.#committed) return;
    // A failure here must not hide the failure that led here.
    await this.#closeHandles().catch(() => undefined);
    await this.fs.removeFolder(this.folder).catch(() => undefined);
  }
}

async function makeTemporary(fs: OutputFs, folder: string, path: string): Promise<void> {
  try {
    await fs.makeFolder(folder);
  } catch (error) {
    // The folder around it is there: some that are none of a disk, such as /proc, claim otherwise when something is to be put into them.
    if (errorCode(error) !== 'ENOENT') throw writeError(error, path);
    throw new NibbleError('not-writable', `${path} cannot be written, because its folder takes no new files. Choose another folder for the output.`, { file: path }, { cause: error });
  }
}

/** Removes what an export to the same file left when its process was killed. */
export async function removeAbandoned(fs: OutputFs, path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = temporaryPrefix(path);
  for (const name of await fs.list(folder).catch(() => [])) {
    if (!name.startsWith(prefix) || !name.endsWith(TEMPORARY_SUFFIX)) continue;
    const pid = Number(name.slice(prefix.length).split('.')[0]);
    if (Number.isInteger(pid) && !isRunning(pid)) await fs.removeFolder(join(folder, name)).catch(() => undefined);
  }
}

async function checkTarget(fs: OutputFs, { path, mustBeNew }: OutputRequest, inputs: readonly string[]): Promise<void> {
  const folder = dirname(path);
  if ((await fs.kindOf(folder)) !== 'folder') {
    throw new NibbleError('not-writable', `${path} cannot be written, because the folder ${folder} does not exist. Create it or choose another one.`, { file: path });
  }
  const there = await fs.kindOf(path);
  if (there === 'folder') {
    throw new NibbleError('not-writable', `${path} cannot be written, because a folder has that name. Choose another name.`, { file: path });
  }
  if (there === 'other') {
    // The last step is a rename, which would put a file where the device was, for every program on the machine.
    throw new NibbleError('not-writable', `${path} cannot be written, because a device or a pipe has that name. Choose another name.`, { file: path });
  }
  if (there === 'file' && mustBeNew) {
    throw new NibbleError('not-writable', `${path} is there already, and the model needs a data file of that name beside it. Choose an empty folder for the output.`, { file: path });
  }
  const target = (await fs.truePath(path)) ?? join((await fs.truePath(folder)) ?? folder, basename(path));
  for (const input of inputs) {
    if (target === ((await fs.truePath(input)) ?? input)) {
      throw new NibbleError('invalid-argument', `The output would replace ${input}, which Nibble never does. Choose another name for the output.`, { file: path });
    }
  }
}

async function checkRoom(fs: OutputFs, path: string, size: number): Promise<void> {
  const free = await fs.freeBytes(dirname(path));
  if (free === null || free >= size) return;
  throw new NibbleError('disk-full', `${path} needs ${formatBytes(size)}, but only ${formatBytes(free)} are free on that disk. Free some space or choose another disk.`, { file: path });
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

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw writeError(error, path);
  }
}
