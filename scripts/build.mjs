// Bundles everything the product consists of into dist/.
import { mkdir } from 'node:fs/promises';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';

/** Names stay as they are, for the stacks in logs. Keeping them beside shorter ones would cost a call for every function that is made. */
const readable = { minify: false, minifySyntax: true, minifyWhitespace: true, keepNames: false };

/** Programs that Node runs. The module field comes first: some packages' main is a wrapper that hides its imports from a bundler. What is external is loaded from node_modules, which the package carries beside the bundle. */
const node = { ...readable, platform: 'node', mainFields: ['module', 'main'], target: 'node20', format: 'cjs', external: ['vscode', 'onnxruntime-node', 'onnxruntime-web', 'onnxruntime-common'] };

/** The editor page, with the chart library in a file of its own. Without names, maps and escaped letters: it may travel over a slow remote connection. */
const page = {
  platform: 'browser', target: 'chrome120', format: 'esm', outdir: 'dist/webview', splitting: true, keepNames: false, sourcemap: false, charset: 'utf8',
  loader: { '.ttf': 'file' }, assetNames: '[name]', chunkNames: '[name]',
};

/** The SIMD kernels, one WebAssembly module without a runtime: they allocate nothing. */
async function compileKernels() {
  const options = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert', '--outFile', 'dist/kernels.wasm'];
  const { error, stderr } = await asc.main(['src/quant/kernels/assembly/index.ts', ...options]);
  if (error) throw new Error(`The kernels do not compile.\n${stderr.toString()}`, { cause: error });
}

/** One entry for every file in dist/: `{ ...node, entryPoints: ['src/cli/main.ts'], outfile: 'dist/cli.js' }`. */
const bundles = [
  { ...node, entryPoints: ['src/cli/main.ts'], outfile: 'dist/cli.js', banner: { js: '#!/usr/bin/env node' } },
  { ...node, entryPoints: ['src/engine/main.ts'], outfile: 'dist/engine.js' },
  { ...node, entryPoints: ['src/extension/extension.ts'], outfile: 'dist/extension.js' },
  { ...node, entryPoints: ['src/engine/weightWorker.ts'], outfile: 'dist/worker.js' },
  { ...node, entryPoints: ['src/jobs/evaluate/runnerMain.ts'], outfile: 'dist/runner.js' },
  { ...page, entryPoints: { editor: 'webview/main.ts' } },
  { ...page, entryPoints: ['webview/editor.css'] },
];

await mkdir('dist', { recursive: true });
await compileKernels();
await Promise.all(bundles.map((options) => build({ bundle: true, sourcemap: true, minify: true, keepNames: true, legalComments: 'none', logLevel: 'warning', ...options })));
