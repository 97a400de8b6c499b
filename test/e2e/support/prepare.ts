import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureChromium } from '../../../scripts/lib/chromium.mjs';
import { run } from '../../../scripts/lib/run.mjs';
import { ensureVscode } from '../../../scripts/lib/vscode.mjs';
import type { Vscode } from '../../../scripts/lib/vscode.mjs';
import { installExtension } from '../../../scripts/lib/vscodeServer.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    vscode: Vscode;
    chromium: string;
    /** Folder with the packaged extension installed, shared by every window of the run. */
    extensions: string;
  }
}

/** Brings VS Code and a browser, packages the extension and installs the package, once for all test files. */
export default async function prepare({ provide }: TestProject): Promise<() => Promise<void>> {
  const name = process.env['NIBBLE_VSCODE'] ?? 'oldest';
  if (name !== 'oldest' && name !== 'newest') throw new Error(`NIBBLE_VSCODE is "${name}": choose oldest or newest.`);
  const vscode = await ensureVscode(name);
  const scratch = await mkdtemp(join(tmpdir(), 'nibble-e2e-'));
  const vsix = join(scratch, 'nibble.vsix');
  await run(process.execPath, ['scripts/package.mjs', '--out', vsix]);
  const profile = join(scratch, 'install');
  await installExtension(vscode, profile, vsix);
  provide('vscode', vscode);
  provide('chromium', await ensureChromium());
  provide('extensions', join(profile, 'extensions'));
  return () => rm(scratch, { recursive: true, force: true });
}
