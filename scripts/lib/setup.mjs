// @ts-check
// What a fresh clone needs before anything can run.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Runs `npm ci` when what is installed is not what the lock file says. Depends on no install script of any package. */
export async function ensureDependencies() {
  if (isInstalled()) return;
  console.log('Installing packages (npm ci) …');
  const result = spawnSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' });
  if (result.status !== 0) throw new Error('npm ci failed; its output is above.');
}

/** Whether every package that the lock file demands on all platforms stands in node_modules in that version. */
function isInstalled() {
  /** @type {Record<string, { version: string, optional?: boolean, devOptional?: boolean } | undefined>} */
  let installed;
  try {
    installed = JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8')).packages;
  } catch {
    return false;
  }
  const wanted = /** @type {typeof installed} */ (JSON.parse(readFileSync('package-lock.json', 'utf8')).packages);
  return Object.entries(wanted).every(([path, entry]) => path === '' || entry?.optional || entry?.devOptional || installed[path]?.version === entry?.version);
}
