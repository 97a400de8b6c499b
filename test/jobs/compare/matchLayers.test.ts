import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignSequences, MAX_CELLS } from '../../../src/jobs/compare/alignSequences';
import { matchLayers } from '../../../src/jobs/compare/matchLayers';
import { makeLayers, makeWeight } from '../../support/layers';

const NOTHING = { first: new Map<string, string>(), second: new Map<string, string>() };

describe('aligning two sequences', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 9 });

  /** Length of the longest common subsequence by trying all of the first's. */
  function longest(first: readonly string[], second: readonly string[]): number {
    let best = 0;
    for (let subset = 0; subset < 2 ** first.length; subset += 1) {
      const chosen = first.filter((_, index) => (subset >> index) % 2 === 1);
      let at = 0;
      for (const letter of second) if (letter === chosen[at]) at += 1;
      if (at === chosen.length) best = Math.max(best, chosen.length);
    }
    return best;
  }

  it('finds the most pairs that keep the order of both', () => {
    fc.assert(fc.property(letters, letters, (first, second) => {
      const pairs = alignSequences(first, second);
      expect(pairs).toHaveLength(longest(first, second));
      pairs.forEach(([a, b], index) => {
        expect(first[a]).toBe(second[b]);
        if (index > 0) expect(a > pairs[index - 1]![0] && b > pairs[index - 1]![1]).toBe(true);
      });
    }), { seed: 31 });
  });

  it('goes on where the table would be too large', () => {
    const length = Math.ceil(Math.sqrt(MAX_CELLS)) + 1;
    const long = Array.from({ length }, (_, index) => `e${index % 50}`);
    expect(alignSequences(long, long)).toEqual(long.map((_, index) => [index, index]));
    expect(alignSequences(long, ['other', ...long])).toEqual(long.map((_, index) => [index, index + 1]));
  });
});

describe('matching layers', () => {
  const names = fc.uniqueArray(fc.constantFrom(...Array.from({ length: 30 }, (_, index) => `/net/layer${index}/MatMul`)), { minLength: 1, maxLength: 20 });

  it('pairs equal names in any order, and has every layer of both exactly once', () => {
    fc.assert(fc.property(names, names, (first, second) => {
      const [a, b] = [makeLayers(first), makeLayers(second)];
      const pairs = matchLayers(a, b, NOTHING);
      expect(pairs.flatMap(({ first: index }) => index ?? [])).toEqual(a.map(({ index }) => index));
      expect(pairs.flatMap(({ second: index }) => index ?? []).sort((x, y) => x - y)).toEqual(b.map(({ index }) => index));
      for (const name of first.filter((one) => second.includes(one))) expect(pairs.find((pair) => pair.first !== null && first[pair.first] === name)).toMatchObject({ second: second.indexOf(name), by: 'name' });
    }), { seed: 32 });
  });

  it('goes by the endings that quantizers add', () => {
    const first = makeLayers(['conv1', '/fc/MatMul', '/q/MatMul']);
    const second = makeLayers(['conv1_quant', '/fc/MatMul_Q4', '/q/MatMul_quant']);
    expect(matchLayers(first, second, NOTHING).map(({ second: index, by }) => [index, by])).toEqual([[0, 'name'], [1, 'name'], [2, 'name']]);
  });

  it('goes by the names of weights where layers have others', () => {
    const of = (layer: string, tensor: string) => makeLayers([layer], () => [makeWeight({ tensor })])[0]!;
    const first = [of('a', 'fc1.weight'), { ...of('b', 'fc2.weight'), index: 1 }];
    const second = [of('x', 'fc2.weight_quantized'), { ...of('y', 'fc1.weight_Q4'), index: 1 }];
    expect(matchLayers(first, second, NOTHING)).toEqual([{ first: 0, second: 1, by: 'weights' }, { first: 1, second: 0, by: 'weights' }]);
  });

  it('does not take another operator or size for the same layer', () => {
    const [product] = makeLayers(['fc'], () => [makeWeight({ tensor: 'p', dims: [8, 8] })]);
    const [other] = makeLayers(['gc'], () => [makeWeight({ tensor: 'q', dims: [8, 9] })]);
    const convolution = { ...other!, op: 'Conv' };
    expect(matchLayers([product!], [convolution], NOTHING)).toEqual([{ first: 0, second: null, by: null }, { first: null, second: 0, by: null }]);
  });

  it('is near linear in the layers', () => {
    const many = makeLayers(Array.from({ length: 20_000 }, (_, index) => `a${index}`), (_, index) => [makeWeight({ tensor: `t${index}` })]);
    const renamed = makeLayers(Array.from({ length: 20_000 }, (_, index) => `b${index}`), (_, index) => [makeWeight({ tensor: `u${index}` })]);
    const begun = performance.now();
    expect(matchLayers(many, renamed, NOTHING).every(({ by }) => by === 'place')).toBe(true);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});
