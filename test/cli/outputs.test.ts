import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { largeFolder, mlpFolder } from './models';
import { runCli } from './runCli';

const PLAN = '{ "version": 1 }';

/** Runs a line in which "$0" "$1" stands for the tool; throws with what it tells when it fails. */
function throughShell(line: string, cwd: string): string {
  return execFileSync('sh', ['-c', line, process.execPath, resolve('dist/cli.js')], { cwd, encoding: 'utf8', stdio: 'pipe' });
}

describe('no command replaces what it reads', () => {
  it.each([
    ['quantize', 'mlp.onnx', '-o', 'mlp.onnx'],
    ['quantize', 'mlp.onnx', '-o', 'link.onnx'],
    ['quantize', 'link.onnx', '-o', 'mlp.onnx'],
    ['quantize', 'mlp.onnx', '--plan', 'mine.json', '-o', 'mine.json'],
    ['report', 'mlp.onnx', '-o', 'mlp.onnx'],
    ['report', 'mlp.onnx', '-o', 'link.onnx'],
    ['report', 'mlp.onnx', '--plan', 'mine.json', '-o', 'mine.json'],
    ['audit', 'mlp.onnx', '--sarif', './mlp.onnx'],
    ['calibrate', 'mlp.onnx', '--dim', 'batch=1', '-o', 'mlp.onnx'],
    ['plan', 'init', 'mlp.onnx', '--plan', 'mlp.onnx', '--force'],
    ['plan', 'init', 'mlp.onnx', '--plan', 'link.onnx', '--force'],
  ])('%s %s %s %s %s %s', async (...args) => {
    const folder = mlpFolder();
    symlinkSync('mlp.onnx', join(folder, 'link.onnx'));
    writeFileSync(join(folder, 'mine.json'), PLAN);
    const before = readFileSync(join(folder, 'mlp.onnx'));
    const { code, stderr } = await runCli(args, folder);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('which Nibble never does') as string });
    expect(readFileSync(join(folder, 'mlp.onnx')).equals(before)).toBe(true);
    expect(readFileSync(join(folder, 'mine.json'), 'utf8')).toBe(PLAN);
    expect(readdirSync(folder).sort()).toEqual(['link.onnx', 'mine.json', 'mlp.onnx']);
  });

  it('nor a data file of the model', async () => {
    const folder = largeFolder(4096);
    expect((await runCli(['report', 'large.onnx', '-o', 'w.data'], folder)).code).toBe(1);
    expect(readFileSync(join(folder, 'w.data'))).toHaveLength(4096);
  });

  it('another name of the same bytes gets bytes of its own', async () => {
    const folder = mlpFolder();
    const before = readFileSync(join(folder, 'mlp.onnx'));
    linkSync(join(folder, 'mlp.onnx'), join(folder, 'hard.onnx'));
    expect((await runCli(['quantize', 'mlp.onnx', '-o', 'hard.onnx', '--no-run'], folder)).code).toBe(0);
    expect(readFileSync(join(folder, 'mlp.onnx')).equals(before)).toBe(true);
  });
});

describe('texts that are asked for by name', () => {
  it('go where a link leads', async () => {
    const folder = mlpFolder();
    mkdirSync(join(folder, 'plans'));
    writeFileSync(join(folder, 'plans', 'shared.json'), PLAN);
    symlinkSync(join('plans', 'shared.json'), join(folder, 'mine.json'));
    expect((await runCli(['plan', 'init', 'mlp.onnx', '--plan', 'mine.json', '--force'], folder)).code).toBe(0);
    expect(readFileSync(join(folder, 'plans', 'shared.json'), 'utf8')).toContain('"file": "mlp.onnx"');
  });

  it.skipIf(process.platform === 'win32')('go to a pipe as they come', () => {
    expect(throughShell('"$0" "$1" report mlp.onnx --format md -o /dev/stdout | cat', mlpFolder())).toMatch(/^# mlp\.onnx/);
  });

  it.skipIf(process.platform === 'win32')('leave an older file as it was when the disk is full', () => {
    const folder = mlpFolder();
    writeFileSync(join(folder, 'report.html'), 'an older report');
    // The shell allows files of 1,024 bytes (or 512, by the shell), as a disk that fills up does.
    expect(() => throughShell('ulimit -f 1; "$0" "$1" report mlp.onnx -o report.html', folder)).toThrow(/not enough room on the disk/);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toBe('an older report');
    expect(readdirSync(folder).sort()).toEqual(['mlp.onnx', 'report.html']);
  });
});
