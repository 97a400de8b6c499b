import { RelativePattern, Uri, workspace } from 'vscode';
import { baseName } from './planLocation';

/** A program writes a file in several steps: they count as one change when nothing has happened for this long. */
const SETTLE_MS = 300;

/** Calls `changed` after the file was written, created or removed, in or outside the workspace. */
export function fileWatch(uri: Uri, changed: () => void): { dispose(): void } {
  let timer: NodeJS.Timeout | undefined;
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS);
  };
  const watcher = workspace.createFileSystemWatcher(new RelativePattern(Uri.joinPath(uri, '..'), escapeGlob(baseName(uri))));
  const listeners = [watcher.onDidChange(later), watcher.onDidCreate(later), watcher.onDidDelete(later)];
  return {
    dispose: () => {
      clearTimeout(timer);
      for (const listener of listeners) listener.dispose();
      watcher.dispose();
    },
  };
}

/** A file name is meant literally. */
function escapeGlob(name: string): string {
  return name.replace(/[[\]{}*?]/g, '[$&]');
}
