import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ModelComparison } from '../../src/jobs/records';
import { mlpFolder } from './models';
import { runCli } from './runCli';

let folder: string;
beforeEach(async () => {
  folder = mlpFolder();
  expect((await runCli(['quantize', 'mlp.onnx', '--weights', 'int4', '--granularity', 'block:32', '--no-run', '-o', 'small.onnx'], folder)).code).toBe(0);
});

describe('nibble compare', () => {
  it('shows the layers that differ, and how far', async () => {
    const { code, stdout } = await runCli(['compare', 'mlp.onnx', 'small.onnx'], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\/enc\/fc1\/MatMul +MatMul +float → int4 · block 32 +24\.6 kB +3\.84 kB +\d\d\.\d dB +0\.0\d+ +6\.14 k +6\.14 k +format$/m);
    expect(stdout).toContain('1 layer is the same in both; --all shows them.');
    expect(stdout).not.toContain('/enc/Relu');
    expect((await runCli(['compare', 'mlp.onnx', 'small.onnx', '--all'], folder)).stdout).toContain('/enc/Relu');
  });

  it('prints JSON, CSV and Markdown', async () => {
    const comparison = JSON.parse((await runCli(['compare', 'mlp.onnx', 'small.onnx', '--json'], folder)).stdout) as ModelComparison;
    expect(comparison.layers.map(({ match, second }) => [match, second?.format?.dataType])).toEqual([['name', 'int4'], ['name', undefined], ['name', 'int4']]);
    expect(comparison.difference!.elements).toBe(9_216);
    expect((await runCli(['compare', 'mlp.onnx', 'small.onnx', '--csv'], folder)).stdout.split('\r\n').slice(0, 2)).toEqual([
      'name,op,formats,weightBytesFirst,weightBytesSecond,sqnrDb,maxError,macsFirst,macsSecond,change',
      expect.stringMatching(/^\/enc\/fc1\/MatMul,MatMul,float → int4 · block 32,24576,3840,\d\d\.\d+,0\.\d+,6144,6144,format$/),
    ]);
    expect((await runCli(['compare', 'mlp.onnx', 'small.onnx', '--markdown'], folder)).stdout).toContain('| /enc/fc1/MatMul | MatMul | float → int4 · block 32 |');
  });

  it('fails when the file lacks what a plan asks for, and says what', async () => {
    writeFileSync(join(folder, 'plan.json'), JSON.stringify({ version: 1, default: { weights: { bits: 4, granularity: { block: 32 } } }, layers: [{ match: '/head/**', weights: { bits: 8, granularity: 'channel' } }] }));
    const { code, stdout } = await runCli(['compare', 'mlp.onnx', 'small.onnx', '--plan', 'plan.json'], folder);
    expect(code).toBe(1);
    expect(stdout).toContain('Not as the plan asks:\n  /head/fc2/MatMul: plan.json asks for int8 · channel, the layer has int4 · block 32\n');
    writeFileSync(join(folder, 'plan.json'), JSON.stringify({ version: 1, default: { weights: { bits: 4, granularity: { block: 32 } } } }));
    expect((await runCli(['compare', 'mlp.onnx', 'small.onnx', '--plan', 'plan.json'], folder)).code).toBe(0);
  });

  it('names the file that cannot be read', async () => {
    const { code, stderr } = await runCli(['compare', 'mlp.onnx', 'none.onnx'], folder);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('none.onnx does not exist') as string });
  });
});
