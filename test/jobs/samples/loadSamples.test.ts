import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import type { ModelInput } from '../../../src/graph/layer';
import { loadSamples } from '../../../src/jobs/samples/loadSamples';
import type { Sample } from '../../../src/jobs/samples/sampleSet';
import { caught } from '../../support/caught';
import { npy, npz } from '../../support/npy';
import { int64Tensor, typedTensor } from '../../support/onnxBuilder';
import { tempFolder } from '../../support/tempFolder';

const pair: ModelInput = { name: 'x', dataType: 'float', shape: ['batch', 2] };
const fixed: ModelInput = { name: 'x', dataType: 'float', shape: [1, 2] };
const labels = (...values: number[]): Uint8Array => npy('<i8', [values.length], BigInt64Array.from(values.map(BigInt)));

function write(path: string, bytes: Uint8Array): string {
  writeFileSync(path, bytes);
  return path;
}

function archive(arrays: Parameters<typeof npz>[0]): string {
  return write(join(tempFolder(), 'samples.npz'), npz(arrays));
}

function all(path: string, inputs: readonly ModelInput[]): readonly Sample[] {
  return [...loadSamples(path, inputs).read()];
}

function values(samples: readonly Sample[], name = 'x'): readonly (readonly number[])[] {
  return samples.map(({ feeds }) => Array.from(feeds.get(name)!.data as ArrayLike<number>));
}

describe('loadSamples', () => {
  it.each([
    ['an open first dimension', pair],
    ['a batch of one', fixed],
  ])('splits rows over samples for %s and keeps their labels', (_, input) => {
    const path = archive({ x: { dims: [3, 2], values: [1, 2, 3, 4, 5, 6] }, labels: labels(7, 8, 9) });
    const set = loadSamples(path, [input]);
    expect(set).toMatchObject({ source: 'samples', expected: 3, notes: [] });
    const samples = [...set.read()];
    expect(values(samples)).toEqual([[1, 2], [3, 4], [5, 6]]);
    expect(samples.map(({ label }) => label)).toEqual([7, 8, 9]);
    expect(samples[0]!.feeds.get('x')!.dims).toEqual([1, 2]);
  });

  it('takes an array of the input\'s own shape as one sample, and one with an axis more as many', () => {
    const image: ModelInput = { name: 'x', dataType: 'float', shape: [2, 2] };
    expect(values(all(archive({ x: { dims: [2, 2], values: [1, 2, 3, 4] } }), [image]))).toEqual([[1, 2, 3, 4]]);
    expect(values(all(archive({ x: { dims: [2, 2, 2], values: [1, 2, 3, 4, 5, 6, 7, 8] } }), [image]))).toEqual([[1, 2, 3, 4], [5, 6, 7, 8]]);
    expect(values(all(archive({ x: { dims: [4, 2], values: [1, 2, 3, 4, 5, 6, 7, 8] } }), [image]))).toEqual([[1, 2, 3, 4], [5, 6, 7, 8]]);
  });

  it('does not cut a sequence into samples', () => {
    const sequence: ModelInput = { name: 'x', dataType: 'float', shape: ['seq_len', 1] };
    expect(values(all(archive({ x: { dims: [3, 1], values: [1, 2, 3] } }), [sequence]))).toEqual([[1, 2, 3]]);
  });

  it('repeats what all samples of a file share', () => {
    const rate: ModelInput = { name: 'rate', dataType: 'int64', shape: [] };
    const samples = all(archive({ x: { dims: [2, 2], values: [1, 2, 3, 4] }, rate: npy('<i8', [], BigInt64Array.of(16000n)) }), [pair, rate]);
    expect(samples.map(({ feeds }) => feeds.get('rate')!.data)).toEqual([BigInt64Array.of(16000n), BigInt64Array.of(16000n)]);
  });

  it('does not care for the name when there is one input and one array', () => {
    expect(values(all(archive({ pixels: { dims: [1, 2], values: [1, 2] }, label: labels(3) }), [pair]))).toEqual([[1, 2]]);
    expect(values(all(write(join(tempFolder(), 'x.npy'), npy('<f4', [1, 2], Float32Array.of(1, 2))), [pair]))).toEqual([[1, 2]]);
  });

  it('names arrays that no input takes', () => {
    expect(loadSamples(archive({ x: { dims: [1, 2], values: [1, 2] }, extra: { dims: [1], values: [0] } }), [pair]).notes[0]).toContain('"extra"');
  });

  it('converts numbers where nothing is lost', () => {
    expect(values(all(archive({ x: npy('|u1', [1, 2], Uint8Array.of(3, 255)) }), [pair]))).toEqual([[3, 255]]);
    expect(values(all(archive({ x: npy('<f2', [1, 2], Uint16Array.of(0x3c00, 0xc000)) }), [pair]))).toEqual([[1, -2]]);
    const ids: ModelInput = { name: 'x', dataType: 'int32', shape: ['batch', 2] };
    expect(values(all(archive({ x: npy('<i8', [1, 2], BigInt64Array.of(-5n, 7n)) }), [ids]))).toEqual([[-5, 7]]);
    const half: ModelInput = { name: 'x', dataType: 'float16', shape: ['batch', 2] };
    expect(values(all(archive({ x: { dims: [1, 2], values: [1, -2] } }), [half]))).toEqual([[0x3c00, 0xc000]]);
  });

  it.each([
    ['another name', [pair, { ...pair, name: 'y' }], { x: { dims: [1, 2], values: [1, 2] } }, /"y"/],
    ['another shape', [pair], { x: { dims: [1, 3], values: [1, 2, 3] } }, /1 × 3.*batch × 2/],
    ['rows that are no whole batches', [{ ...pair, shape: [2, 2] }], { x: { dims: [3, 2], values: [1, 2, 3, 4, 5, 6] } }, /3 × 2/],
    ['fractions for integers', [{ ...pair, dataType: 'int64' as const }], { x: { dims: [1, 2], values: [1.5, 2] } }, /int64/],
    ['integers that do not fit', [{ ...pair, dataType: 'uint8' as const }], { x: npy('<i4', [1, 2], Int32Array.of(1, 256)) }, /256/],
    ['different numbers of samples', [pair, { ...pair, name: 'y' }], { x: { dims: [2, 2], values: [1, 2, 3, 4] }, y: { dims: [1, 2], values: [1, 2] } }, /different numbers/],
    ['too few labels', [pair], { x: { dims: [2, 2], values: [1, 2, 3, 4] }, labels: labels(1) }, /1 labels for 2/],
  ] as const)('refuses %s', async (_, inputs, arrays, message) => {
    const error = await caught(() => loadSamples(archive(arrays), inputs));
    expect(error.reason).toBe('invalid-samples');
    expect(error.message).toMatch(message);
  });

  it('reads a folder of files in the order of their numbers, with labels beside them', () => {
    const folder = tempFolder();
    for (const number of [10, 9, 2]) write(join(folder, `s${number}.npz`), npz({ x: { dims: [1, 2], values: [number, 0] } }));
    write(join(folder, 'labels.npy'), labels(4, 5, 6));
    write(join(folder, 'readme.txt'), new Uint8Array(1));
    const samples = all(folder, [pair]);
    expect(values(samples).map(([first]) => first)).toEqual([2, 9, 10]);
    expect(samples.map(({ label }) => label)).toEqual([4, 5, 6]);
    expect(values(all(join(folder, 's1*.npz'), [pair]))).toEqual([[10, 0]]);
  });

  it('reads the layout of the ONNX test suite, by position or by name', () => {
    const folder = tempFolder();
    const ids: ModelInput = { name: 'ids', dataType: 'int64', shape: [2] };
    for (const number of [0, 1]) {
      const set = join(folder, `test_data_set_${number}`);
      mkdirSync(set);
      write(join(set, 'input_0.pb'), onnx.TensorProto.encode(typedTensor('', 'float', [1, 2], { floatData: [number, 0.5] })).finish());
      write(join(set, 'input_1.pb'), onnx.TensorProto.encode(int64Tensor('ids', [2], [number, -3])).finish());
    }
    const samples = all(folder, [pair, ids]);
    expect(values(samples)).toEqual([[0, 0.5], [1, 0.5]]);
    expect(samples[1]!.feeds.get('ids')!.data).toEqual(BigInt64Array.of(1n, -3n));
    expect(all(join(folder, 'test_data_set_1'), [pair, ids])).toHaveLength(1);
  });

  it.each([
    ['a link to itself', (folder: string) => {
      symlinkSync('loop', join(folder, 'loop'));
      return join(folder, 'loop');
    }, 'unreadable'],
    ['a path that is not there', (folder: string) => join(folder, 'none'), 'not-found'],
    ['an empty folder', (folder: string) => folder, 'invalid-samples'],
    ['a glob without matches', (folder: string) => join(folder, '*.npz'), 'invalid-samples'],
    ['another kind of file', (folder: string) => write(join(folder, 'a.txt'), new Uint8Array(1)), 'invalid-samples'],
    ['a damaged archive', (folder: string) => write(join(folder, 'a.npz'), new Uint8Array(100)), 'invalid-samples'],
    ['a damaged tensor', (folder: string) => (write(join(folder, 'input_0.pb'), Uint8Array.of(8, 255, 255, 255, 255)), folder), 'invalid-samples'],
  ])('explains %s', async (_, make, reason) => {
    expect(await caught(() => loadSamples(make(tempFolder()), [pair]))).toMatchObject({ reason });
  });
});
