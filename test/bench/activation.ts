import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Measurement } from './measure';

/**
 * Loads the built extension in a fresh process and activates it against an API that accepts everything: the time that the
 * extension's own code takes, without the window around it.
 */
const PROGRAM = `
const Module = require('node:module');
const anything = new Proxy(function () {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => '' : key === 'then' ? undefined : key === Symbol.iterator ? () => [][Symbol.iterator]() : anything),
  apply: () => anything,
  construct: () => anything,
});
const load = Module._load;
Module._load = (name, ...rest) => (name === 'vscode' ? anything : load(name, ...rest));
const started = performance.now();
const extension = require(process.argv[1]);
Promise.resolve(extension.activate(anything)).then(() => {
  console.log(performance.now() - started);
  process.exit(0);
});
`;

export function measureActivation(): Measurement {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', PROGRAM, resolve('dist/extension.js')], { encoding: 'utf8' });
  const milliseconds = Number.parseFloat(stdout);
  if (Number.isNaN(milliseconds)) throw new Error(`The extension did not activate: ${stderr.trim().split('\n').at(-1) ?? ''}`);
  return { milliseconds, peakBytes: null };
}
