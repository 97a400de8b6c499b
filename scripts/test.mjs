// Runs every check of the project, in the order in which a failure is cheapest to find, and ends with one line:
// "N passed, N failed". Works on a fresh clone: it installs what is missing first.
//   npm test                 everything
//   npm test -- unit lint    only the named stages
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { ensureDependencies } from './lib/setup.mjs';
import { bold, faint, since, step } from './lib/steps.mjs';

process.chdir(resolve(import.meta.dirname, '..'));

const bin = (name) => `node_modules/.bin/${name}`;
const node = (script) => [process.execPath, script];
const vitest = (...args) => [bin('vitest'), 'run', ...args];

/** `count` reads how many tests a stage ran from its output; a stage without one counts as a single check. */
const vitestCount = (output) => {
  const line = /^\s*Tests\s+(.*)$/m.exec(output.replace(/\u001b\[[0-9;]*m/g, ''))?.[1] ?? '';
  return { passed: Number(/(\d+) passed/.exec(line)?.[1] ?? 0), failed: Number(/(\d+) failed/.exec(line)?.[1] ?? 0) };
};

const stages = [
  { name: 'build', command: node('scripts/build.mjs') },
  { name: 'typecheck', command: [bin('tsc'), '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'lint', command: [bin('eslint'), '.', '--max-warnings=0'] },
  { name: 'boundaries', command: [bin('depcruise'), '--config', '.dependency-cruiser.cjs', 'src', 'webview'] },
  { name: 'unused', command: [bin('knip')] },
  { name: 'hygiene', command: node('scripts/hygiene.mjs') },
  { name: 'unit', command: vitest(), count: vitestCount },
  { name: 'webview', command: vitest('--config', 'vitest.webview.config.mts'), count: vitestCount },
  { name: 'e2e-oldest', command: vitest('--config', 'vitest.e2e.config.mts'), env: { NIBBLE_VSCODE: 'oldest' }, count: vitestCount },
  { name: 'e2e-newest', command: vitest('--config', 'vitest.e2e.config.mts'), env: { NIBBLE_VSCODE: 'newest' }, count: vitestCount },
];

/** No stage comes near it; one that hangs is ended, so that the rest still runs and the summary is printed. */
const STAGE_LIMIT = 20 * 60_000;

function run([command, ...args], env) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NIBBLE_BUILT: '1', ...env },
      detached: process.platform !== 'win32',
    });
    let output = '';
    const say = (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    };
    child.stdout.on('data', say);
    child.stderr.on('data', say);
    const limit = setTimeout(() => {
      say(`\nEnded after ${STAGE_LIMIT / 60_000} minutes.\n`);
      endGroup(child);
    }, STAGE_LIMIT);
    const end = (code) => {
      clearTimeout(limit);
      done({ code, output });
    };
    child.on('error', (error) => {
      say(`${error.message}\n`);
      end(1);
    });
    child.on('close', (code) => end(code ?? 1));
  });
}

/** Ends a stage with everything that it started. */
function endGroup(child) {
  if (process.platform === 'win32') child.kill();
  else process.kill(-child.pid, 'SIGKILL');
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(`There is no stage ${unknown.join(', ')}. Stages: ${stages.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

const results = [];
const began = Date.now();
try {
  await step('packages', ensureDependencies);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  console.log('\n0 passed, 1 failed');
  process.exit(1);
}
for (const stage of stages.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.log(`\n${bold(`── ${stage.name}`)}`);
  const started = Date.now();
  const { code, output } = await run(stage.command, stage.env);
  const counted = stage.count?.(output) ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  // A stage that exits with an error without naming a failed test, or that ran no test at all, has itself failed.
  if ((code !== 0 && counted.failed === 0) || (stage.count && counted.passed + counted.failed === 0)) counted.failed += 1;
  results.push({ name: stage.name, ...counted, time: since(started) });
}

console.log(`\n${bold('── summary')} ${faint(since(began))}`);
for (const { name, passed, failed, time } of results) {
  console.log(`${failed === 0 ? '✓' : '✗'} ${name.padEnd(12)} ${String(passed).padStart(5)} passed ${String(failed).padStart(3)} failed  ${faint(time.padStart(8))}`);
}
const failed = results.reduce((sum, result) => sum + result.failed, 0);
console.log(`\n${results.reduce((sum, result) => sum + result.passed, 0)} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
