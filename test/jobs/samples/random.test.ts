import { describe, expect, it } from 'vitest';
import type { ModelInput } from '../../../src/graph/layer';
import { MAX_GUESSED_ELEMENTS, MAX_RANDOM_ELEMENTS, randomSamples } from '../../../src/jobs/samples/random';
import { caught } from '../../support/caught';

const image: ModelInput = { name: 'image', dataType: 'float', shape: ['batch', 3, 32, 32] };

describe('randomSamples', () => {
  it('makes the same values every time, and others for every sample and input', () => {
    const inputs = [image, { ...image, name: 'other' }];
    const first = [...randomSamples(inputs).read()];
    const again = [...randomSamples(inputs).read()];
    expect(again).toEqual(first);
    const tensors = first.flatMap(({ feeds }) => [...feeds.values()].map(({ data }) => Array.from(data as Float32Array).slice(0, 4).join()));
    expect(new Set(tensors).size).toBe(tensors.length);
  });

  it('draws from the standard normal distribution', () => {
    const data = [...randomSamples([image]).read()][0]!.feeds.get('image')!.data as Float32Array;
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    expect(data.length).toBe(3072);
    expect(Math.abs(mean)).toBeLessThan(0.06);
    expect(Math.abs(variance - 1)).toBeLessThan(0.1);
  });

  it('gives integers and booleans 0 or 1, which every table has', () => {
    for (const dataType of ['int64', 'int32', 'uint8', 'bool'] as const) {
      const data = [...randomSamples([{ name: 'ids', dataType, shape: [64] }]).read()][0]!.feeds.get('ids')!.data;
      expect(new Set(Array.from(data as ArrayLike<number | bigint>, Number))).toEqual(new Set([0, 1]));
    }
  });

  it('says which dimension it made up', () => {
    expect(randomSamples([image]).notes).toEqual([expect.stringContaining('batch = 1')]);
    expect(randomSamples([{ ...image, shape: [1, 3] }]).notes).toEqual([]);
  });

  it('gives one size to a dimension wherever it stands, and 1 to what counts samples', () => {
    const text: ModelInput = { name: 'text', dataType: 'int64', shape: ['batch', 'seq'] };
    const mask: ModelInput = { name: 'mask', dataType: 'float', shape: ['seq', 'batch'] };
    const { feeds } = [...randomSamples([text, mask], 16).read()][0]!;
    expect([feeds.get('text')!.dims, feeds.get('mask')!.dims]).toEqual([[1, 16], [16, 1]]);
  });

  it.each([
    ['no shape', { ...image, shape: null }],
    ['text', { ...image, dataType: 'string' as const }],
    ['a huge shape', { ...image, shape: [MAX_RANDOM_ELEMENTS + 1] }],
    ['a huge shape that is partly a guess', { ...image, shape: [1, 'w', MAX_GUESSED_ELEMENTS / 64 + 1] }],
  ])('refuses an input with %s', async (_, input) => {
    expect(await caught(() => randomSamples([input]))).toMatchObject({ reason: 'invalid-samples', subject: { tensor: 'image' } });
  });

  it('takes the largest shape that it allows', () => {
    expect(randomSamples([{ ...image, shape: [MAX_RANDOM_ELEMENTS] }]).expected).toBeGreaterThan(0);
    expect(randomSamples([{ ...image, shape: [1, 'w', MAX_GUESSED_ELEMENTS / 64] }]).expected).toBeGreaterThan(0);
  });
});
