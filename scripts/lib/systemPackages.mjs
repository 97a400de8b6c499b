// @ts-check
// The programs that npm cannot bring: a browser to drive, and ripgrep for the file search of the oldest VS Code.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.mjs';

/**
 * The full path of the first of these programs on PATH, or null.
 * @param {readonly string[]} names
 */
export function which(names) {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const name of names) {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      for (const ending of endings) {
        const path = join(folder, name + ending);
        try {
          accessSync(path, constants.X_OK);
          return path;
        } catch {
          // Not here; the next folder may have it.
        }
      }
    }
  }
  return null;
}

let listsUpdated = false;

/**
 * The path of a program, installing its Debian package when it is missing and this process may do so.
 * @param {readonly string[]} names the program's names, the usual one first
 * @param {string} debianPackage
 * @param {string} variable an environment variable that can name the program instead
 */
export async function ensureProgram(names, debianPackage, variable) {
  const named = process.env[variable];
  if (named) return named;
  const found = which(names);
  if (found) return found;
  const apt = which(['apt-get']);
  if (!apt || process.getuid?.() !== 0) {
    const how = apt ? `sudo apt-get install ${debianPackage}` : `install ${debianPackage} with your system's package manager`;
    throw new Error(`${names[0]} is needed for this step and is not on PATH. To get it: ${how}, or set ${variable} to its path.`);
  }
  console.log(`Installing the Debian package ${debianPackage} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  if (!listsUpdated) await run(apt, ['update', '-qq'], { env });
  listsUpdated = true;
  await run(apt, ['install', '-y', '-qq', '--no-install-recommends', debianPackage], { env });
  const installed = which(names);
  if (!installed) throw new Error(`The package ${debianPackage} was installed, but ${names[0]} is still not on PATH.`);
  return installed;
}
