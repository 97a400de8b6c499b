// Builds and packages the extension.
//   npm run package                              for this machine
//   npm run package -- --target darwin-arm64     for another platform
//   npm run package -- --out FILE                where to write it
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { run } from './lib/run.mjs';
import { ensureDependencies } from './lib/setup.mjs';

const { values } = parseArgs({ options: { target: { type: 'string' }, out: { type: 'string' } } });
await ensureDependencies();
if (process.env['NIBBLE_BUILT'] !== '1') await run(process.execPath, ['scripts/build.mjs'], { echo: true });
const { packageExtension } = await import('./lib/vsix.mjs');
const file = await packageExtension(values);
console.log(`${file} (${(statSync(file).size / 1e6).toFixed(1)} MB)`);
