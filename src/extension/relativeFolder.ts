import { workspace } from 'vscode';
import type { Uri } from 'vscode';

/** The folder of a file as a person would say it: inside its workspace folder, '' at the top of it. */
export function relativeFolder(uri: Uri): string {
  const relative = workspace.asRelativePath(uri);
  const slash = relative.lastIndexOf('/');
  return slash < 0 ? '' : relative.slice(0, slash);
}
