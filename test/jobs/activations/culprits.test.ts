import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCulprits, LEAST_GAIN_DB, MAX_CULPRITS } from '../../../src/jobs/activations/culprits';

/** Output SQNR when each quantized layer adds noise of its own: what stays float adds none. */
function network(noises: readonly number[]) {
  const db = (float: readonly number[]): number => -10 * Math.log10(noises.reduce((sum, noise, layer) => sum + (float.includes(layer) ? 0 : noise), 1e-9));
  let trials = 0;
  return {
    layers: noises.map((_, layer) => layer),
    start: db([]),
    db,
    trials: () => trials,
    score: (sets: readonly (readonly number[])[]) => {
      trials += sets.length;
      return Promise.resolve(sets.map(db));
    },
  };
}

describe('findCulprits', () => {
  it('finds a single culprit among many layers in few trials', async () => {
    const { layers, start, score, trials, db } = network(Array.from({ length: 200 }, (_, layer) => (layer === 137 ? 0.1 : 1e-6)));
    const found = await findCulprits(layers, start, 28, score);
    expect(found.map(({ layer }) => layer)).toEqual([137]);
    expect(found[0]!.gainDb).toBeCloseTo(db([137]) - start, 9);
    expect(trials()).toBeLessThanOrEqual(24);
  });

  it('goes on only until the outputs are close enough', async () => {
    const noises = Array.from({ length: 30 }, (_, layer) => (layer === 4 ? 0.1 : layer === 20 ? 0.02 : layer === 25 ? 1e-3 : 1e-5));
    const { layers, start, score, trials } = network(noises);
    expect((await findCulprits(layers, start, 28, score)).map(({ layer }) => layer)).toEqual([4, 20]);
    const before = trials();
    expect(await findCulprits(layers, 28, 28, score)).toEqual([]);
    expect(trials()).toBe(before);
  });

  it('keeps nothing float where no layer stands out', async () => {
    const { layers, start, score } = network(new Array<number>(50).fill(1e-3));
    expect(await findCulprits(layers, start, 28, score)).toEqual([]);
  });

  it('keeps layers together that only help together', async () => {
    const layers = Array.from({ length: 20 }, (_, layer) => layer);
    const score = (sets: readonly (readonly number[])[]) => Promise.resolve(sets.map((set) => (set.includes(6) && set.includes(7) ? 25 : 10)));
    const found = await findCulprits(layers, 10, 24, score);
    expect(found.map(({ layer }) => layer)).toContain(6);
    expect(found.map(({ layer }) => layer)).toContain(7);
    expect(found.reduce((sum, { gainDb }) => sum + gainDb, 0)).toBeCloseTo(15, 9);
  });

  it('never makes the outputs worse, keeps few layers, and takes models that do not run', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }), async (noises) => {
        const { layers, start, db, score } = network(noises);
        const found = await findCulprits(layers, start, 28, score);
        expect(found.length).toBeLessThanOrEqual(MAX_CULPRITS);
        expect(new Set(found.map(({ layer }) => layer)).size).toBe(found.length);
        expect(db(found.map(({ layer }) => layer))).toBeGreaterThanOrEqual(start + LEAST_GAIN_DB * found.length - 1e-9);
      }),
      { seed: 31, numRuns: 100 },
    );
    expect(await findCulprits([1, 2, 3], 5, 28, (sets) => Promise.resolve(sets.map(() => null)))).toEqual([]);
    expect(await findCulprits([], 5, 28, () => Promise.resolve([]))).toEqual([]);
  });
});
