import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brokenBounds, parseBytes } from '../../src/cli/bounds';
import { smallNetwork, withSamples } from '../support/calibrating';
import { npy } from '../support/npy';
import { tempFolder } from '../support/tempFolder';
import { runCli } from './runCli';

describe('nibble quantize --activations and nibble evaluate', () => {
  it('quantizes on samples and measures against the original', async () => {
    const folder = tempFolder();
    withSamples(folder, smallNetwork());
    const quantized = await runCli(['quantize', 'model.onnx', '--activations', 'uint8', '--method', 'minmax', '--count', '4', '--samples', 'samples.npy', '-o', 'small.onnx'], folder);
    expect(quantized.stderr).toBe('');
    expect(quantized.stdout).toMatch(/Activations uint8 in 4 of 4 layers, ranges by minmax.* from 4 samples: \d.* dB.*100\.0 % of the MACs in integer kernels/);

    const evaluated = await runCli(['evaluate', 'small.onnx', '--against', 'model.onnx', '--samples', 'samples.npy', '--min-sqnr', '10', '--json'], folder);
    expect(evaluated.code).toBe(0);
    const result = JSON.parse(evaluated.stdout) as { outputs: { name: string; sqnrDb: number; samples: number }[]; broken: string[] };
    expect(result.outputs[0]).toMatchObject({ name: 'y', samples: 8 });
    expect(result.broken).toEqual([]);

    const strict = await runCli(['evaluate', 'small.onnx', '--against', 'model.onnx', '--samples', 'samples.npy', '--min-sqnr', '90'], folder);
    expect(strict.code).toBe(3);
    expect(strict.stderr).toContain('at least 90');
  }, 60_000);

  it('takes the samples that the plan names, for ranges and for comparing, unless others are given', async () => {
    const folder = tempFolder();
    withSamples(folder, smallNetwork());
    writeFileSync(join(folder, 'model.nibble.json'), '{ "version": 1, "default": { "activations": { "bits": 8 } }, "calibration": { "samples": "*.npy", "method": "minmax", "count": 4 } }');
    const run = async (...more: readonly string[]): Promise<unknown> => {
      const { stdout } = await runCli(['quantize', 'model.onnx', '-o', 'small.onnx', '--json', ...more], folder);
      const { activations, outputs } = JSON.parse(stdout) as { activations: { source: string; samples: number } | null; outputs: { source: string; samples: number }[] };
      return { ranges: activations && { source: activations.source, samples: activations.samples }, compared: { source: outputs[0]!.source, samples: outputs[0]!.samples } };
    };
    expect(await run()).toEqual({ ranges: { source: 'samples', samples: 4 }, compared: { source: 'samples', samples: 8 } });
    expect(await run('--activations', 'float')).toEqual({ ranges: null, compared: { source: 'samples', samples: 8 } });
    writeFileSync(join(folder, 'two.npy'), npy('<f4', [2, 3, 12, 12], new Float32Array(2 * 3 * 12 * 12).fill(0.5)));
    expect(await run('--samples', 'two.npy', '--activations', 'float')).toMatchObject({ compared: { samples: 2 } });
  }, 60_000);

  it('counts what labelled samples say', async () => {
    const folder = tempFolder();
    withSamples(folder, smallNetwork());
    writeFileSync(join(folder, 'labels.npy'), npy('<i8', [8], BigInt64Array.from({ length: 8 }, () => 1n)));
    const { stdout, code } = await runCli(['evaluate', 'model.onnx', '--against', 'model.onnx', '--samples', '.', '--max-drop', '0'], folder);
    expect(code).toBe(0);
    expect(stdout).toContain('8 labelled samples');
  }, 60_000);

  it('takes labels from a file, one for each sample', async () => {
    const folder = tempFolder();
    withSamples(folder, smallNetwork());
    const evaluate = (labels: string) => {
      writeFileSync(join(folder, 'labels.txt'), labels);
      return runCli(['evaluate', 'model.onnx', '--against', 'model.onnx', '--samples', 'samples.npy', '--labels', 'labels.txt', '--json'], folder);
    };
    const { stdout } = await evaluate('1\n1\n1\n1\n1\n1\n1\n1\n');
    expect((JSON.parse(stdout) as { accuracy: { samples: number } }).accuracy.samples).toBe(8);
    expect((await evaluate('1\n1\n')).stdout + (await evaluate('1\n1\n')).stderr).toContain('2 labels for 8 samples');
    expect((await evaluate('1\ncat\n')).code).toBe(1);
  }, 60_000);

  it.each([
    [['evaluate', 'model.onnx', '--against', 'model.onnx', '--labels', 'labels.txt'], 2],
    [['quantize', 'model.onnx', '--activations', 'int4'], 2],
    [['quantize', 'model.onnx', '--activations', 'uint8', '--count', '0'], 2],
    [['evaluate', 'model.onnx'], 2],
    [['evaluate', 'model.onnx', '--against', 'model.onnx', '--min-sqnr', 'much'], 2],
    [['evaluate', 'model.onnx', '--against', 'nothing.onnx'], 1],
    [['quantize', 'model.onnx', '--activations', 'uint8', '--samples', 'nothing'], 1],
    [['quantize', 'model.onnx', '--max-bytes', '100'], 3],
    [['quantize', 'model.onnx', '--samples', 'samples.npy', '--min-sqnr', '90'], 3],
    [['run', 'model.onnx'], 2],
    [['run', 'model.onnx', '--out', '.'], 1],
    [['run', 'model.onnx', '--out', 'nothing/there'], 1],
  ])('refuses %j with exit code %i', async (args, expected) => {
    const folder = tempFolder();
    withSamples(folder, smallNetwork());
    const { code, stderr } = await runCli(args, folder);
    expect(code).toBe(expected);
    expect(stderr).not.toBe('');
  }, 60_000);
});

describe('brokenBounds', () => {
  const output = { name: 'y', sqnrDb: 30, maxError: 0.1, samples: 4, source: 'samples', sameTop1: 1 } as const;
  const result = { outputs: [output], accuracy: { before: 0.9, after: 0.88, samples: 100 }, notRun: '', bytes: 1000 };

  it('names the outputs and the accuracy that fall short', () => {
    expect(brokenBounds(result, { minSqnr: 30, maxDrop: 2.01 })).toEqual([]);
    expect(brokenBounds(result, { minSqnr: 30.1, maxDrop: 1.99 })).toEqual([expect.stringContaining('y'), expect.stringContaining('2.00 points')]);
    expect(brokenBounds({ ...result, outputs: [{ ...output, sqnrDb: null, maxError: 0 }] }, { minSqnr: 90 })).toEqual([]);
    expect(brokenBounds({ ...result, outputs: [{ ...output, sqnrDb: null, maxError: null }] }, { minSqnr: 1 })).toEqual([expect.stringContaining('y has no dB')]);
  });

  it('counts a bound that could not be checked as not kept', () => {
    const notRun = { ...result, outputs: [], accuracy: null, notRun: 'Too large.' };
    expect(brokenBounds(notRun, { minSqnr: 1 })).toEqual([expect.stringContaining('Too large.')]);
    expect(brokenBounds(notRun, { maxBytes: 1000 })).toEqual([]);
    expect(brokenBounds(notRun, { maxBytes: 999 })).toEqual([expect.stringContaining('1000 bytes')]);
  });

  it('reads sizes with and without units', () => {
    expect(['1500', '1500k', '1.5M', '2G', '3kB'].map(parseBytes)).toEqual([1500, 1.5e6, 1.5e6, 2e9, 3000]);
    for (const wrong of ['', '-1', '1T', 'M', '1e3']) expect(() => parseBytes(wrong)).toThrow('no size');
  });

  it('refuses a bound on an accuracy that is not known', () => {
    expect(() => brokenBounds({ ...result, accuracy: null }, { maxDrop: 1 })).toThrow('labels');
  });
});
