import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one job took. */
export interface Measurement {
  readonly milliseconds: number;
  /** Most physical memory that its process held at once; null where the system does not tell. */
  readonly peakBytes: number | null;
}

/** How often a child's memory is looked at; the kernel keeps the maximum, so only growth in the last moments can be missed. */
const LOOK_EVERY_MS = 10;

/** Peak resident memory of a running process, from the kernel (Linux). */
export function peakMemory(pid: number): number | null {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

export interface RunOutcome extends Measurement {
  readonly stdout: string;
}

/** Runs a program to its end; wall time and peak memory are those of the whole process. Throws when it fails. */
export function measureRun(command: string, args: readonly string[]): Promise<RunOutcome> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let peakBytes: number | null = null;
    const look = setInterval(() => {
      peakBytes = peakMemory(child.pid ?? 0) ?? peakBytes;
    }, LOOK_EVERY_MS);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(look);
      if (code === 0) resolve({ milliseconds: performance.now() - started, peakBytes, stdout });
      else reject(new Error(`${command} ${args.join(' ')} ended with exit code ${code}: ${stderr.trim().split('\n').at(-1) ?? ''}`));
    });
  });
}

/** The run in the middle of several, by time. */
export function median<T extends Measurement>(runs: readonly T[]): T {
  const sorted = [...runs].sort((a, b) => a.milliseconds - b.milliseconds);
  return sorted[sorted.length >> 1]!;
}
