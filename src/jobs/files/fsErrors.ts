import { NibbleError } from '../../errors';

/** The system's error code ("ENOENT"); '' for anything else. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Turns a failure to read `file` into an error that a person can act on. */
export function readError(error: unknown, file: string): NibbleError {
  if (error instanceof NibbleError) return error;
  const subject = { file };
  const cause = { cause: error };
  switch (errorCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new NibbleError('not-found', `${file} does not exist. Check the path; it may have been moved or deleted.`, subject, cause);
    case 'EACCES':
    case 'EPERM':
      return new NibbleError('unreadable', `${file} may not be read. Give yourself read permission on it.`, subject, cause);
    case 'EISDIR':
      return new NibbleError('unreadable', `${file} is a folder, not a file.`, subject, cause);
    case 'ENXIO':
    case 'ENODEV':
      return new NibbleError('unreadable', `${file} is not a regular file. Choose an .onnx file.`, subject, cause);
    case 'EMFILE':
    case 'ENFILE':
      return new NibbleError('unreadable', `${file} could not be opened, because too many files are open on this machine. Close some programs and try again.`, subject, cause);
    default:
      return new NibbleError('unreadable', `${file} could not be read (${describe(error)}). If it is on a network or removable drive, check the connection.`, subject, cause);
  }
}

/** Turns a failure to write `file` into an error that a person can act on. */
export function writeError(error: unknown, file: string): NibbleError {
  if (error instanceof NibbleError) return error;
  const subject = { file };
  const cause = { cause: error };
  switch (errorCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new NibbleError('not-writable', `${file} cannot be written, because its folder does not exist. Create the folder or choose another one.`, subject, cause);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new NibbleError('not-writable', `${file} cannot be written, because its folder is read-only for you. Choose another folder for the output.`, subject, cause);
    case 'EISDIR':
    case 'ENOTEMPTY':
      return new NibbleError('not-writable', `${file} cannot be written, because a folder has that name. Choose another name.`, subject, cause);
    case 'ENAMETOOLONG':
      return new NibbleError('not-writable', `${file} cannot be written, because the name is too long for this disk. Choose a shorter one.`, subject, cause);
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new NibbleError('disk-full', `There is not enough room on the disk to write ${file}. Free some space or choose another disk; nothing was left behind.`, subject, cause);
    default:
      return new NibbleError('not-writable', `${file} could not be written (${describe(error)}).`, subject, cause);
  }
}

function describe(error: unknown): string {
  return errorCode(error) || (error instanceof Error ? error.message : String(error));
}
