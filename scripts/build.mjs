// Bundles everything the product consists of into dist/.
import { mkdir } from 'node:fs/promises';
import { build } from 'esbuild';

/** Programs that Node runs. What is external is loaded from node_modules, which the package carries beside the bundle. */
const node = { platform: 'node', target: 'node20', format: 'cjs', external: ['vscode', 'onnxruntime-node', 'onnxruntime-web', 'onnxruntime-common'] };

/** One entry for every file in dist/: `{ ...node, entryPoints: ['src/cli/main.ts'], outfile: 'dist/cli.js' }`. */
const bundles = [];

await mkdir('dist', { recursive: true });
await Promise.all(bundles.map((options) => build({ bundle: true, sourcemap: true, minify: true, keepNames: true, legalComments: 'none', logLevel: 'warning', ...options })));
