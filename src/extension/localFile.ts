import { mkdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { l10n, workspace } from 'vscode';
import type { Uri } from 'vscode';
import { NibbleError } from '../errors';
import { baseName } from './planLocation';

/** A file that is not on this machine's disk passes through memory whole; above this that would hurt the window. */
export const MAX_COPIED_BYTES = 512 * 2 ** 20;

/**
 * A path that the engine can read. Files on disk are read where they are; others (virtual workspaces, archives) are
 * copied to `folder` first, without external data. Rejects with `unsupported` above `MAX_COPIED_BYTES`.
 */
export async function localFile(uri: Uri, folder: Uri): Promise<string> {
  if (uri.scheme === 'file') return uri.fsPath;
  const { size } = await workspace.fs.stat(uri);
  if (size > MAX_COPIED_BYTES) {
    throw new NibbleError(
      'unsupported',
      l10n.t('{0} is not on this machine’s disk and, with {1} MB, too large to be copied here. Save it to a local folder and open it there.', baseName(uri), Math.ceil(size / 1e6)),
      { file: uri.toString() },
    );
  }
  const bytes = await workspace.fs.readFile(uri);
  const path = join(folder.fsPath, createHash('sha256').update(uri.toString()).digest('hex').slice(0, 16), baseName(uri));
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, bytes);
  return path;
}
