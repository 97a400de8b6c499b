// @ts-check
// Running other programs from scripts.
import { spawn } from 'node:child_process';

/** How much of a failed program's output is shown: its last lines, and not all of a line of minified code. */
const SHOWN_LINES = 20;
const SHOWN_COLUMNS = 300;

/**
 * Runs a program to its end and returns what it printed. Throws with the last lines of its output when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, echo?: boolean }} [options] `echo`: also show the output as it comes
 * @returns {Promise<string>} standard output
 */
export function run(command, args, { cwd, env = process.env, echo = false } = {}) {
  return new Promise((resolve, reject) => {
    // npm is a .cmd file on Windows, which only a shell can start.
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' && command === 'npm' });
    let stdout = '';
    let both = '';
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      stdout += text;
      both += text;
      if (echo) process.stdout.write(text);
    });
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      both += text;
      if (echo) process.stderr.write(text);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve(stdout);
      reject(new Error(`${command} ${args.join(' ')} failed (exit code ${code}):\n${both.trim().split('\n').slice(-SHOWN_LINES).map((line) => line.slice(0, SHOWN_COLUMNS)).join('\n')}`));
    });
  });
}
