// The way in for someone new: installs, builds, does the main job on the bundled sample in the terminal, then opens it in
// the editor, with `code` where it is on the path, else in a VS Code served to the browser.
//   npm start
//   npm start -- --no-editor     stops after the terminal part
import { spawn } from 'node:child_process';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './lib/run.mjs';
import { ensureDependencies } from './lib/setup.mjs';
import { bold, faint, step } from './lib/steps.mjs';
import { which } from './lib/systemPackages.mjs';
import { RIG_DIR, canRunNewest, ensureVscode } from './lib/vscode.mjs';
import { QUIET_SETTINGS, installExtension, startServer, windowAddress, writeSettings } from './lib/vscodeServer.mjs';

const { values } = parseArgs({ options: { 'no-editor': { type: 'boolean', default: false } } });
process.chdir(resolve(import.meta.dirname, '..'));

/** The samples are copied, so that what a person tries leaves the working copy as it was. */
const DEMO = join(RIG_DIR, 'demo');
const MODEL = 'digits-depthwise.onnx';

try {
  await main();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main() {
  console.log(bold('Nibble') + faint('  ONNX models made smaller, layer by layer\n'));
  await step('Packages', ensureDependencies);
  await step('Build', () => run(process.execPath, ['scripts/build.mjs']));
  await step('Sample models', async () => {
    await mkdir(RIG_DIR, { recursive: true });
    await rm(DEMO, { recursive: true, force: true });
    await cp('media/sample', DEMO, { recursive: true });
  });

  await nibble('analyze', MODEL, '--dim', 'batch=1');
  await nibble('quantize', MODEL, '--weights', 'int8', '--samples', 'samples.npz', '-o', 'digits-depthwise.int8.onnx');
  console.log(`\nThe files are in ${bold(relative(process.cwd(), DEMO) || DEMO)}. Try: node dist/cli.js quantize ${join(relative(process.cwd(), DEMO), 'lenet5.onnx')} --weights int4 --granularity block:32`);
  if (!values['no-editor']) await openEditor();
}

/** Runs the command line tool in the demo folder, with the terminal as its own. @param {...string} args */
function nibble(...args) {
  console.log(`\n${faint('$')} ${bold(`nibble ${args.join(' ')}`)}\n`);
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [resolve('dist/cli.js'), ...args], { cwd: DEMO, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', fail);
    child.on('close', (code) => (code === 0 ? done(undefined) : fail(new Error(`nibble ${args[0]} ended with exit code ${code}.`))));
  });
}

async function openEditor() {
  const code = which(['code', 'code-insiders', 'codium']);
  const model = join(DEMO, MODEL);
  console.log();
  if (code) {
    // The window runs this working copy; nothing is installed for good.
    await step(`Opened ${MODEL} with ${code}`, () => run(code, [`--extensionDevelopmentPath=${process.cwd()}`, DEMO, model]));
    return;
  }
  const vscode = await ensureVscode(canRunNewest() ? 'newest' : 'oldest');
  const profile = join(RIG_DIR, 'demo-profile');
  await step('Extension packaged and installed', async () => {
    const vsix = join(RIG_DIR, 'demo.vsix');
    await run(process.execPath, ['scripts/package.mjs', '--out', vsix], { env: { ...process.env, NIBBLE_BUILT: '1' } });
    await writeSettings(profile, { ...QUIET_SETTINGS, 'security.workspace.trust.enabled': false });
    await installExtension(vscode, profile, vsix);
    await installExtension(vscode, profile, await packageOpener());
  });
  const server = await step(`VS Code ${vscode.version} started`, () => startServer(vscode, profile, { env: { NIBBLE_OPEN: model } }));
  console.log(`\nOpen ${bold(windowAddress(server, DEMO))}\n${faint('Ctrl+C ends it.')}`);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => void server.stop().then(() => process.exit(0)));
  }
}

/** The small extension that opens the sample in the window. Returns the path of its package. */
async function packageOpener() {
  const packagePath = join(RIG_DIR, 'opener.vsix');
  await run(process.execPath, [resolve('node_modules/@vscode/vsce/vsce'), 'package', '--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', packagePath], { cwd: 'scripts/opener' });
  return packagePath;
}
