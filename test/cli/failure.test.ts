import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mlpFolder } from './models';
import { runCli } from './runCli';

interface Printed {
  readonly error: { readonly reason: string; readonly message: string; readonly file?: string };
}

function folderWithRubbish(): string {
  const folder = mlpFolder();
  writeFileSync(join(folder, 'text.onnx'), 'This is no model.');
  writeFileSync(join(folder, 'empty.onnx'), '');
  writeFileSync(join(folder, 'mine.json'), '{');
  writeFileSync(join(folder, 'good.json'), '{ "version": 1 }');
  mkdirSync(join(folder, 'folder.json'));
  return folder;
}

describe('a command that fails with --json', () => {
  it.each<[code: number, reason: string, args: readonly string[]]>([
    [1, 'not-found', ['analyze', 'missing.onnx']],
    [1, 'not-onnx', ['analyze', 'text.onnx', '--memory']],
    [1, 'not-onnx', ['quantize', 'text.onnx']],
    [1, 'not-onnx', ['audit', 'empty.onnx']],
    [1, 'not-found', ['compare', 'mlp.onnx', 'missing.onnx']],
    [1, 'not-found', ['evaluate', 'mlp.onnx', '--against', 'missing.onnx']],
    [1, 'not-found', ['plan', 'show', 'mlp.onnx']],
    [1, 'not-found', ['plan', 'check', 'missing.onnx', '--plan', 'good.json']],
    [1, 'invalid-plan', ['plan', 'show', 'mlp.onnx', '--plan', 'mine.json']],
    [1, 'unreadable', ['plan', 'check', 'mlp.onnx', '--plan', 'folder.json']],
    [1, 'unreadable', ['quantize', 'mlp.onnx', '--plan', 'folder.json']],
    [1, 'invalid-argument', ['quantize', 'mlp.onnx', '-o', 'mlp.onnx']],
    [2, 'usage', ['quantize', 'mlp.onnx', '--weights', 'int5']],
    [2, 'usage', ['quantize', 'mlp.onnx', '--dim', 'bach=1']],
    [2, 'usage', ['analyze', 'mlp.onnx', '--csv']],
    [2, 'usage', ['analyze', 'mlp.onnx', '--explain', 'nothing']],
    [2, 'usage', ['analyze']],
    [2, 'usage', ['analise', 'mlp.onnx']],
  ])('exits with %i and prints why (%s): %j', async (code, reason, args) => {
    const result = await runCli([...args, '--json'], folderWithRubbish());
    const { error } = JSON.parse(result.stdout) as Printed;
    expect({ code: result.code, reason: error.reason }).toEqual({ code, reason });
    expect(result.stderr).toContain(error.message);
  });
});
