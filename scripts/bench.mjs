// Measures how fast the main jobs are and how much memory they take; see test/bench/main.ts.
//   npm run bench [-- --only open,int8] [-- --no-peers]
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { run } from './lib/run.mjs';
import { ensureDependencies } from './lib/setup.mjs';
import { step } from './lib/steps.mjs';
import { RIG_DIR } from './lib/vscode.mjs';

process.chdir(resolve(import.meta.dirname, '..'));
await step('Packages', ensureDependencies);
await step('Build', () => run(process.execPath, ['scripts/build.mjs']));
const { build } = await import('esbuild');
const program = join(RIG_DIR, 'bench', 'bench.cjs');
await build({ entryPoints: ['test/bench/main.ts'], outfile: program, bundle: true, platform: 'node', target: 'node20', format: 'cjs', logLevel: 'error' });
process.exitCode = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
