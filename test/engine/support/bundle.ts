import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** Bundles a TypeScript file into one that Node can fork. Returns its path. */
export function bundleForNode(source: string): string {
  const outfile = join(mkdtempSync(join(tmpdir(), 'nibble-bundle-')), 'entry.cjs');
  buildSync({ entryPoints: [source], outfile, bundle: true, platform: 'node', target: 'node20', format: 'cjs', logLevel: 'error' });
  return outfile;
}
