// @ts-check
// Makes a platform's .vsix: the files that .vscodeignore admits, and that platform's onnxruntime.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PackageManager, createVSIX, listFiles } from '@vscode/vsce';
import { thirdPartyNotices } from './notices.mjs';
import { TARGETS, runtimeFiles, thisTarget } from './runtimeFiles.mjs';
import { RIG_DIR } from './vscode.mjs';

/**
 * Packages what is built in dist/. The files are gathered in a folder of their own, so that no other platform's runtime can
 * slip in and the working copy stays as it is.
 * @param {{ target?: string, out?: string }} [options]
 * @returns {Promise<string>} the path of the package
 */
export async function packageExtension({ target = thisTarget(), out } = {}) {
  if (!TARGETS.includes(target)) throw new Error(`There is no package for "${target}". Choose one of ${TARGETS.join(', ')}.`);
  const manifest = JSON.parse(await readFile('package.json', 'utf8'));
  const stage = join(RIG_DIR, 'stage', target);
  await rm(stage, { recursive: true, force: true });
  for (const file of await listFiles({ cwd: process.cwd(), packageManager: PackageManager.None })) await place(file, join(stage, file));
  for (const { from, to } of runtimeFiles(target)) await place(from, join(stage, to));
  for (const key of ['scripts', 'devDependencies', 'dependencies', 'bin', 'private']) delete manifest[key];
  await writeFile(join(stage, 'package.json'), JSON.stringify(manifest, null, 2));
  await writeFile(join(stage, 'ThirdPartyNotices.txt'), thirdPartyNotices());
  // Everything that was gathered belongs into the package.
  await writeFile(join(stage, '.vscodeignore'), '');
  const packagePath = out ?? join(RIG_DIR, `${manifest.name}-${manifest.version}-${target}.vsix`);
  await mkdir(dirname(packagePath), { recursive: true });
  await createVSIX({ cwd: stage, target, packagePath, dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false });
  return packagePath;
}

/** @param {string} from @param {string} to */
async function place(from, to) {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to);
}
