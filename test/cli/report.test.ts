import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../src/jobs/report/records';
import { mlpFolder } from './models';
import { runCli } from './runCli';

let folder: string;
beforeEach(() => { folder = mlpFolder(); });

describe('nibble report', () => {
  it.each([['mlp.html', '<!DOCTYPE html>'], ['mlp.md', '# mlp.onnx'], ['mlp.csv', 'name,op,'], ['mlp.json', '{\n  "nibble"'], ['report', '<!DOCTYPE html>']])('writes %s by its ending', async (name, start) => {
    const { code, stdout, stderr } = await runCli(['report', 'mlp.onnx', '--dim', 'batch=1', '-o', name], folder);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: `note: ${name} written\n` });
    expect(readFileSync(join(folder, name), 'utf8').startsWith(start)).toBe(true);
  });

  it('prints Markdown, or what is asked for, and counts as it is told', async () => {
    expect((await runCli(['report', 'mlp.onnx', '--dim', 'batch=1'], folder)).stdout).toMatch(/^# mlp\.onnx\n\n## Model\n/);
    const { totals, nibble } = JSON.parse((await runCli(['report', 'mlp.onnx', '--format', 'json', '--convention', 'x2'], folder)).stdout) as Report;
    expect(totals).toMatchObject({ flops: 18_432, counting: { convention: 'x2' } });
    expect(nibble).toMatch(/^\d/);
  });

  it('measures what a plan comes to', async () => {
    await runCli(['plan', 'init', 'mlp.onnx', '--weights', 'int8'], folder);
    const { stdout, stderr } = await runCli(['report', 'mlp.onnx', '--plan', 'mlp.nibble.json', '--dim', 'batch=4'], folder);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^- \*\*Weights by the plan\*\*: 36\.9 kB → 9\.\d+ kB \(3\.\d+×\), 8\.\d bits on average, error \d+\.\d dB /m);
    expect(stdout).toMatch(/^\| \/enc\/fc1\/MatMul \|.*\| int8 · channel \| 6\.\d+ kB \| \d+\.\d dB \|$/m);
    expect(stdout).toContain('batch = 4');
    expect(await runCli(['report', 'mlp.onnx', '--plan', 'none.json'], folder)).toMatchObject({ code: 1, stdout: '' });
  });

  it('fails with one sentence, and leaves nothing behind', async () => {
    const missing = await runCli(['report', 'none.onnx', '-o', 'none.html'], folder);
    expect({ code: missing.code, stdout: missing.stdout }).toEqual({ code: 1, stdout: '' });
    expect(existsSync(join(folder, 'none.html'))).toBe(false);
    const unwritable = await runCli(['report', 'mlp.onnx', '-o', join('no', 'such', 'folder.html')], folder);
    expect(unwritable.code).toBe(1);
    expect(unwritable.stderr).toMatch(/error: .*folder\.html/);
    expect(await runCli(['report', 'mlp.onnx', '--format', 'pdf'], folder)).toMatchObject({ code: 2, stdout: '' });
  });
});
