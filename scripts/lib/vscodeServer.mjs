// @ts-check
// Starts a VS Code server on this machine and installs extensions into it.
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.mjs';

/** @typedef {import('./vscode.mjs').Vscode} Vscode */
/** @typedef {{ url: string, pid: number, output: () => string, stop: () => Promise<void> }} Server */

/** Settings under which VS Code neither calls out nor covers the editor with offers; a caller adds its own. */
export const QUIET_SETTINGS = {
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'json.schemaDownload.enable': false,
  'git.enabled': false,
  'window.commandCenter': false,
  // The newest VS Code opens a chat pane over a quarter of the window otherwise.
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
};

/** How long a server may take to listen, in milliseconds; it takes 0.2 s on an idle machine. */
const START_LIMIT = 60_000;

/** @param {string} profile a folder for this server's data @param {string} [extensions] where extensions are installed */
function folders(profile, extensions = join(profile, 'extensions')) {
  return ['--server-data-dir', join(profile, 'data'), '--extensions-dir', extensions, '--accept-server-license-terms', '--telemetry-level', 'off'];
}

/**
 * Writes the user settings that the next window of this profile starts with.
 * @param {string} profile @param {Readonly<Record<string, unknown>>} settings
 */
export async function writeSettings(profile, settings) {
  const folder = join(profile, 'data', 'data', 'User');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings, null, 2));
}

/** @param {Vscode} vscode @param {string} profile @param {string} vsix */
export async function installExtension(vscode, profile, vsix) {
  // The oldest version reads the folder before it makes it.
  await mkdir(join(profile, 'extensions'), { recursive: true });
  const output = await run(vscode.node, [vscode.serverMain, ...folders(profile), '--install-extension', vsix, '--force']);
  if (!output.includes('was successfully installed')) throw new Error(`VS Code did not install ${vsix}:\n${output}`);
}

/**
 * Starts the server on a free port of the loopback address.
 * @param {Vscode} vscode @param {string} profile
 * @param {{ extensions?: string, env?: NodeJS.ProcessEnv }} [options] `extensions`: a folder of installed extensions, else the profile's own
 * @returns {Promise<Server>}
 */
export function startServer(vscode, profile, { extensions, env = {} } = {}) {
  const child = spawn(vscode.node, [vscode.serverMain, ...folders(profile, extensions), '--host', '127.0.0.1', '--port', '0', '--without-connection-token'], {
    // No gallery: nothing is looked up outside.
    env: { ...process.env, ...env, EXTENSIONS_GALLERY: '{"serviceUrl":""}' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own group, so that stopping it also stops the extension hosts that it started.
    detached: process.platform !== 'win32',
  });
  let output = '';
  const closed = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) signalGroup(child, 'SIGTERM');
    const forced = setTimeout(() => signalGroup(child, 'SIGKILL'), 5_000);
    await closed;
    clearTimeout(forced);
  };
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => fail(`did not listen within ${START_LIMIT / 1000} s`), START_LIMIT);
    /** @param {string} why */
    const fail = (why) => {
      clearTimeout(limit);
      void stop();
      reject(new Error(`The VS Code server ${why}. Its output:\n${output}`));
    };
    child.on('error', (error) => fail(`could not be started: ${error.message}`));
    child.on('close', (code) => fail(`ended with exit code ${code}`));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output += text;
        const port = /Extension host agent listening on (\d+)/.exec(output)?.[1];
        if (!port) return;
        clearTimeout(limit);
        resolve({ url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, output: () => output, stop });
      });
    }
  });
}

/** @param {import('node:child_process').ChildProcess} child @param {NodeJS.Signals} signal */
function signalGroup(child, signal) {
  try {
    if (process.platform === 'win32' || child.pid === undefined) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It is gone already.
  }
}

/** The address that opens a folder in a window. @param {Server} server @param {string} folder */
export function windowAddress(server, folder) {
  return `${server.url}/?folder=${encodeURIComponent(folder)}`;
}
