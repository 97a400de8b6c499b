import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArrayFile } from '../../src/jobs/samples/arrayFile';
import { smallNetwork, withSamples } from '../support/calibrating';
import { npz } from '../support/npy';
import { buildModel, graph, node, valueInfo } from '../support/onnxBuilder';
import { tempFolder } from '../support/tempFolder';
import { runCli } from './runCli';

describe('nibble run', () => {
  it('writes the outputs of each sample, which can be read again', async () => {
    const folder = tempFolder();
    withSamples(folder, smallNetwork());
    mkdirSync(join(folder, 'out'));
    const { code, stdout, stderr } = await runCli(['run', 'model.onnx', '--samples', 'samples.npy', '--out', 'out'], folder);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('y: float 1 × 5');
    expect(readdirSync(join(folder, 'out'))).toHaveLength(8);
    const { dims, data } = readArrayFile(join(folder, 'out', '00003.npz')).get('y')!;
    expect(dims).toEqual([1, 5]);
    expect((data as Float32Array).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    // The next run would overwrite it.
    expect((await runCli(['run', 'model.onnx', '--samples', 'samples.npy', '--out', 'out'], folder)).code).toBe(1);
  }, 60_000);

  it('takes some of the samples, keeps awkward names and types, and says what it leaves out', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'odd.onnx'), buildModel({
      graph: graph({
        nodes: [node('ArgMax', ['x'], ['../up'], { name: 'a' }), node('SequenceConstruct', ['x'], ['list'], { name: 's' }), node('Greater', ['x', 'x'], ['toString'], { name: 'g' })],
        inputs: [valueInfo('x', 'float', ['batch', 3])],
        outputs: [valueInfo('../up', 'int64', [1, 3]), valueInfo('toString', 'bool', ['batch', 3])],
      }),
    }));
    for (const index of [1, 2, 3, 4]) writeFileSync(join(folder, `s${index}.npz`), npz({ x: { dims: [1, 3], values: [index, 0, -index] } }));
    const { code, stdout } = await runCli(['run', 'odd.onnx', '--samples', 's*.npz', '--count', '2', '--out', 'out', '--json'], folder);
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as { files: unknown; outputs: unknown; samples: number };
    expect(result.files).toEqual([{ file: '00001.npz', sample: 's1.npz' }, { file: '00002.npz', sample: 's3.npz' }]);
    const arrays = readArrayFile(join(folder, 'out', '00002.npz'));
    expect([...arrays].map(([name, { dataType }]) => [name, dataType]).sort()).toEqual([['../up', 'int64'], ['toString', 'bool']]);
  }, 60_000);

  it('leaves nothing behind when a sample does not fit', async () => {
    const folder = tempFolder();
    withSamples(folder, smallNetwork());
    writeFileSync(join(folder, 'a.npz'), npz({ x: { dims: [1, 3, 12, 12], values: new Array<number>(432).fill(1) } }));
    writeFileSync(join(folder, 'b.npz'), npz({ x: { dims: [1, 3, 12, 12], values: new Array<number>(432).fill(NaN) } }));
    const { code, stderr } = await runCli(['run', 'model.onnx', '--samples', '?.npz', '--out', 'out'], folder);
    expect(code).toBe(1);
    expect(stderr).toContain('sample 2');
    expect(existsSync(join(folder, 'out'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(readFileSync(join(folder, 'model.onnx')).length).toBeGreaterThan(0);
  }, 60_000);
});
