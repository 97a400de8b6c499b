import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Measurement } from './measure';

const PYTHON = process.env['NIBBLE_PYTHON'] ?? 'python3';
/** A job of a peer that takes longer is given up. */
const LONGEST_MILLISECONDS = 10 * 60_000;
const run = promisify(execFile);

/** The versions of the peers' packages that this machine's Python imports; empty where it has none. */
export async function peerVersions(): Promise<Readonly<Record<string, string>>> {
  const script = `
import importlib, json
found = {}
for name in ("onnx", "onnxruntime", "nncf"):
    try: found[name] = importlib.import_module(name).__version__
    except Exception: pass
print(json.dumps(found))`;
  try {
    const { stdout } = await run(PYTHON, ['-c', script]);
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, string>;
  } catch {
    return {};
  }
}

/** Runs one job of peers.py. Returns the reason, as text, when it could not be measured. */
export async function measurePeer(job: string, ...args: string[]): Promise<Measurement | string> {
  try {
    const { stdout } = await run(PYTHON, ['test/bench/peers.py', job, ...args], { maxBuffer: 64 << 20, timeout: LONGEST_MILLISECONDS });
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { missing?: string; seconds: number; peak_bytes: number };
    return result.missing ? `needs ${result.missing}` : { milliseconds: result.seconds * 1000, peakBytes: result.peak_bytes };
  } catch (error) {
    if (error instanceof Error && 'killed' in error && error.killed === true) return `given up after ${LONGEST_MILLISECONDS / 60_000} minutes`;
    const text = error instanceof Error ? error.message : String(error);
    return `failed: ${text.trim().split('\n').at(-1) ?? ''}`;
  }
}
