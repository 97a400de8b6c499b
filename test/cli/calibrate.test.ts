import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { smallNetwork, withSamples } from '../support/calibrating';
import { tempFolder } from '../support/tempFolder';
import { runCli } from './runCli';

describe('nibble calibrate', () => {
  it('writes ranges that quantize takes', async () => {
    const folder = tempFolder();
    withSamples(folder, smallNetwork());
    const found = await runCli(['calibrate', 'model.onnx', '--samples', 'samples.npy', '--method', 'mse', '--count', '4'], folder);
    expect([found.code, found.stderr]).toEqual([0, '']);
    expect(found.stdout).toMatch(/^x +-\d/m);
    expect(found.stdout).toMatch(/samples\.npy\[\d\]/);
    expect(found.stdout).toContain('ranges for uint8 by mse from 4 samples');
    expect(existsSync(join(folder, 'model.ranges.json'))).toBe(true);
    const quantized = await runCli(['quantize', 'model.onnx', '--activations', 'uint8', '--ranges', 'model.ranges.json', '--samples', 'samples.npy', '--json'], folder);
    expect(quantized.code).toBe(0);
    expect((JSON.parse(quantized.stdout) as { activations: { givenRanges: number } }).activations.givenRanges).toBeGreaterThan(4);
  }, 60_000);

  it.each([
    [['calibrate', 'model.onnx', '--activations', 'float'], 2],
    [['calibrate', 'model.onnx', '--method', 'best'], 2],
    [['calibrate', 'nothing.onnx'], 1],
    [['quantize', 'model.onnx', '--activations', 'uint8', '--ranges', 'nothing.json'], 1],
    [['quantize', 'model.onnx', '--activations', 'uint8', '--ranges', 'model.onnx'], 1],
  ])('refuses %j with exit code %i', async (args, expected) => {
    const folder = tempFolder();
    withSamples(folder, smallNetwork());
    const { code, stderr } = await runCli(args, folder);
    expect(code).toBe(expected);
    expect(stderr).not.toBe('');
    expect(existsSync(join(folder, 'model.ranges.json'))).toBe(false);
  }, 60_000);
});
