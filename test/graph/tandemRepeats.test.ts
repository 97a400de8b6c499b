import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tandemRepeats } from '../../src/graph/tandemRepeats';
import type { TandemRepeat } from '../../src/graph/tandemRepeats';
import { TIMED } from '../support/timed';

const letters = (text: string): readonly number[] => Array.from(text, (letter) => letter.charCodeAt(0));

/** Every maximal repeat with its shortest period, by trying all of them. */
function bruteForce(labels: readonly number[]): readonly TandemRepeat[] {
  const found: TandemRepeat[] = [];
  for (let period = 1; 2 * period <= labels.length; period += 1) {
    for (let start = 0; start + period < labels.length; ) {
      let end = start;
      while (end + period < labels.length && labels[end] === labels[end + period]) end += 1;
      const block = labels.slice(start, start + period);
      const primitive = !Array.from({ length: period - 1 }, (_, index) => index + 1).some((shorter) => period % shorter === 0 && block.every((label, at) => label === block[at % shorter]));
      if (end - start >= period && primitive) found.push({ start, end: end + period, period });
      start = end + 1;
    }
  }
  return found;
}

const ordered = (repeats: readonly TandemRepeat[]): readonly TandemRepeat[] => [...repeats].sort((a, b) => a.start - b.start || a.period - b.period);

describe('tandem repeats', () => {
  it.each([
    ['', []],
    ['abc', []],
    ['aa', [[0, 2, 1]]],
    ['aaaa', [[0, 4, 1]]],
    ['xababy', [[1, 5, 2]]],
    ['xabcabcabcay', [[1, 11, 3]]],
    ['abab', [[0, 4, 2]]],
    ['abaabaxx', [[0, 6, 3], [2, 4, 1], [6, 8, 1]]],
  ])('of "%s" are %j', (text, expected) => {
    expect(ordered(tandemRepeats(letters(text))).map(({ start, end, period }) => [start, end, period])).toEqual(expected);
  });

  it('are all real, maximal and of the shortest period', () => {
    fc.assert(fc.property(fc.array(fc.nat(3), { maxLength: 60 }), (labels) => {
      const all = new Set(bruteForce(labels).map((repeat) => JSON.stringify(repeat)));
      for (const { start, end, period } of tandemRepeats(labels)) expect(all).toContain(JSON.stringify({ start, end, period }));
    }), { seed: 41, numRuns: 400 });
  });

  it('are all found where a block with something of its own is repeated', () => {
    const block = fc.array(fc.nat(5), { minLength: 1, maxLength: 12 }).map((entries) => [...entries, 9]);
    const around = fc.array(fc.nat(5), { maxLength: 8 });
    fc.assert(fc.property(around, block, fc.integer({ min: 2, max: 9 }), around, (before, entries, count, after) => {
      const labels = [...before, ...Array.from({ length: count }, () => entries).flat(), ...after];
      const found = tandemRepeats(labels).find(({ start, end, period }) => period === entries.length && start <= before.length && end >= before.length + count * entries.length);
      expect(found).toBeDefined();
    }), { seed: 42, numRuns: 400 });
  });

  it('takes no square of the length, whatever the sequence', TIMED, () => {
    const fibonacci = (length: number): readonly number[] => {
      let [a, b] = ['a', 'ab'];
      while (b.length < length) [a, b] = [b, b + a];
      return letters(b.slice(0, length));
    };
    const sequences: readonly ((length: number) => readonly number[])[] = [
      fibonacci,
      (length) => Array.from({ length }, (_, index) => index % 50),
      (length) => Array.from({ length }, (_, index) => (index % 1000 === 0 ? index : 1)),
      (length) => Array.from({ length }, (_, index) => index.toString(2).replace(/0/g, '').length % 2),
      (length) => new Array<number>(length).fill(1),
    ];
    // The square of the length would be 10¹⁰ comparisons.
    for (const sequence of sequences) {
      const labels = sequence(100_000);
      const begun = performance.now();
      tandemRepeats(labels);
      expect(performance.now() - begun).toBeLessThan(3_000);
    }
  });
});
