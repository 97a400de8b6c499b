// What a fresh clone needs before anything can run.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

/** Runs `npm ci` when node_modules is missing or older than the lock file. Depends on no install script of any package. */
export async function ensureDependencies() {
  const marker = 'node_modules/.package-lock.json';
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync('package-lock.json').mtimeMs) return;
  console.log('Installing packages (npm ci) …');
  const result = spawnSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' });
  if (result.status !== 0) throw new Error('npm ci failed; its output is above.');
}
