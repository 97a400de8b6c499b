// Runs every check of the project, in the order in which a failure is cheapest to find, and ends with one line:
// "N passed, N failed". Works on a fresh clone: it installs what is missing first.
//   npm test                 everything
//   npm test -- unit lint    only the named stages
import { spawn } from 'node:child_process';
import { ensureDependencies } from './lib/setup.mjs';

const bin = (name) => `node_modules/.bin/${name}`;

/** `count` reads how many tests a stage ran from its output; a stage without one counts as a single check. */
const vitestCount = (output) => {
  const line = /^\s*Tests\s+(.*)$/m.exec(output.replace(/\u001b\[[0-9;]*m/g, ''))?.[1] ?? '';
  return { passed: Number(/(\d+) passed/.exec(line)?.[1] ?? 0), failed: Number(/(\d+) failed/.exec(line)?.[1] ?? 0) };
};

const stages = [
  { name: 'build', command: [process.execPath, 'scripts/build.mjs'] },
  { name: 'typecheck', command: [bin('tsc'), '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'lint', command: [bin('eslint'), '.'] },
  { name: 'boundaries', command: [bin('depcruise'), '--config', '.dependency-cruiser.cjs', 'src', 'webview'] },
  { name: 'unit', command: [bin('vitest'), 'run'], count: vitestCount },
];

function run([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NIBBLE_BUILT: '1' } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        process.stdout.write(chunk);
      });
    }
    child.on('error', (error) => resolve({ code: 1, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

await ensureDependencies();

const wanted = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const stage of stages.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.log(`\n── ${stage.name}`);
  const started = Date.now();
  const { code, output } = await run(stage.command);
  const counted = stage.count?.(output) ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  // A stage that exits with an error without naming a failed test, or that ran no test at all, has itself failed.
  if ((code !== 0 && counted.failed === 0) || (stage.count && counted.passed + counted.failed === 0)) counted.failed += 1;
  passed += counted.passed;
  failed += counted.failed;
  console.log(`── ${stage.name}: ${counted.passed} passed, ${counted.failed} failed (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
