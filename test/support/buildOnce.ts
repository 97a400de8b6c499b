import { execFileSync } from 'node:child_process';

/** Tests use the same built workers and kernels as the product: build them once before the first test. */
export default function setup(): void {
  if (process.env['NIBBLE_BUILT'] === '1') return;
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
