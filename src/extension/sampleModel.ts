import { FileSystemError, Uri, workspace } from 'vscode';
import type { ExtensionContext } from 'vscode';

/**
 * A copy of the bundled sample that can be written beside, in the extension's own storage; made anew where an update of the
 * extension brings another one. Plans and models written there stay.
 */
export async function sampleModel({ extensionUri, globalStorageUri }: Pick<ExtensionContext, 'extensionUri' | 'globalStorageUri'>): Promise<Uri> {
  const from = Uri.joinPath(extensionUri, 'media', 'sample');
  const to = Uri.joinPath(globalStorageUri, 'sample');
  await workspace.fs.createDirectory(to);
  for (const [name] of await workspace.fs.readDirectory(from)) await copyIfOther(Uri.joinPath(from, name), Uri.joinPath(to, name));
  return Uri.joinPath(to, 'lenet5.onnx');
}

/** Leaves a copy alone that is as it should be: writing it would make an editor that shows it read it again. */
async function copyIfOther(from: Uri, to: Uri): Promise<void> {
  const wanted = await workspace.fs.readFile(from);
  const standing = await readIfThere(to);
  if (standing === null || Buffer.compare(wanted, standing) !== 0) await workspace.fs.writeFile(to, wanted);
}

async function readIfThere(uri: Uri): Promise<Uint8Array | null> {
  try {
    return await workspace.fs.readFile(uri);
  } catch (error) {
    if (error instanceof FileSystemError && error.code === 'FileNotFound') return null;
    throw error;
  }
}
