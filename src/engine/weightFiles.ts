import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { NibbleError } from '../errors';
import type { WeightSource } from '../jobs/ports';

/** Random access to a tensor's bytes. */
export interface OpenedSource {
  /** Fills `target` with the bytes from `offset`, counted from the tensor's start. */
  readonly readInto: (target: Uint8Array, offset: number) => void;
  readonly close: () => void;
}

/** Opens where a tensor is stored. `expected` bytes must be there. */
export function openSource(source: WeightSource, expected: number): OpenedSource {
  const available = source.kind === 'bytes' ? source.bytes.length : source.length;
  if (available < expected) {
    throw new NibbleError('malformed', `The tensor's shape needs ${expected} bytes, but only ${available} are stored. The model file is damaged.`, subjectOf(source));
  }
  if (source.kind === 'bytes') {
    return {
      readInto: (target, offset) => {
        target.set(source.bytes.subarray(offset, offset + target.length));
      },
      close: () => undefined,
    };
  }
  const descriptor = attempt(source.path, 'read', () => openSync(source.path, 'r'));
  return {
    readInto: (target, offset) => {
      fill(descriptor, source.path, target, source.offset + offset);
    },
    close: () => {
      closeSync(descriptor);
    },
  };
}

/** An existing file to write parts of. */
export interface OpenedDestination {
  readonly write: (bytes: Uint8Array, position: number) => void;
  readonly close: () => void;
}

export function openDestination(path: string): OpenedDestination {
  const descriptor = attempt(path, 'write', () => openSync(path, 'r+'));
  return {
    write: (bytes, position) => {
      for (let done = 0; done < bytes.length; ) {
        done += attempt(path, 'write', () => writeSync(descriptor, bytes, done, bytes.length - done, position + done));
      }
    },
    close: () => {
      attempt(path, 'write', () => {
        closeSync(descriptor);
      });
    },
  };
}

function subjectOf(source: WeightSource): { readonly file?: string } {
  return source.kind === 'file' ? { file: source.path } : {};
}

function fill(descriptor: number, path: string, target: Uint8Array, position: number): void {
  for (let done = 0; done < target.length; ) {
    const read = attempt(path, 'read', () => readSync(descriptor, target, done, target.length - done, position + done));
    if (read === 0) {
      throw new NibbleError('changed', `${path} has become shorter while its weights were read. Open it again.`, { file: path });
    }
    done += read;
  }
}

function attempt<T>(path: string, access: 'read' | 'write', action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw systemError(path, access, cause);
  }
}

function systemError(path: string, access: 'read' | 'write', cause: unknown): NibbleError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const subject = { file: path };
  if (code === 'ENOENT') return new NibbleError('not-found', `${path} is no longer there. Open the model again.`, subject, { cause });
  if (code === 'ENOSPC' || code === 'EDQUOT') return new NibbleError('disk-full', `There is no space left for ${path}. Free some space or choose another folder.`, subject, { cause });
  if (access === 'write') return new NibbleError('not-writable', `${path} cannot be written (${code}). Choose another folder.`, subject, { cause });
  return new NibbleError('unreadable', `${path} cannot be read (${code}). Check its permissions.`, subject, { cause });
}
