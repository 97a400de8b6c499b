import { rmSync } from 'node:fs';
import type { OutputFs } from '../jobs/files/outputFs';

/**
 * The same file system, but folders in which results still grow are removed when the program ends, however it does: a second
 * Ctrl+C waits for nothing.
 */
export function withoutRemains(fs: OutputFs): OutputFs {
  const growing = new Set<string>();
  process.once('exit', () => {
    for (const folder of growing) rmSync(folder, { recursive: true, force: true });
  });
  return {
    ...fs,
    makeFolder: async (path) => {
      growing.add(path);
      await fs.makeFolder(path);
    },
    removeFolder: async (path) => {
      await fs.removeFolder(path);
      growing.delete(path);
    },
  };
}
