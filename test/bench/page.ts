import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Measurement } from './measure';

export type PageFigure = 'first rows' | 'scroll' | 'ranking';

let output: string | null = null;

/** A figure of the editor page with ten thousand layers: its test in a real browser measures and prints them all in one run. */
export function measurePage(figure: PageFigure): Promise<Measurement> {
  output ??= spawnSync(process.execPath, [resolve('node_modules/vitest/vitest.mjs'), 'run', '--config', 'vitest.webview.config.mts', 'speed'], {
    encoding: 'utf8',
    env: { ...process.env, NIBBLE_BUILT: '1', NO_COLOR: '1' },
  }).stdout;
  const milliseconds = Number(new RegExp(`^${figure}: (\\S+) ms`, 'm').exec(output)?.[1] ?? Number.NaN);
  if (Number.isNaN(milliseconds)) throw new Error(`The page's speed was not measured:\n${output}`);
  return Promise.resolve({ milliseconds, peakBytes: null });
}
