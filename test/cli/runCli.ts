import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';

const CLI = resolve('dist/cli.js');

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the built command line tool; neither of its outputs is a terminal. */
export function startCli(args: readonly string[], cwd: string, environment: NodeJS.ProcessEnv = {}): { readonly child: ChildProcess; readonly result: Promise<CliResult> } {
  const child = spawn(process.execPath, [CLI, ...args], { cwd, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  const result = new Promise<CliResult>((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => { done({ code, stdout, stderr }); });
  });
  return { child, result };
}

export async function runCli(args: readonly string[], cwd: string, environment: NodeJS.ProcessEnv = {}): Promise<CliResult> {
  return startCli(args, cwd, environment).result;
}
