import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../src/quant/chunks';
import { chunksOf, fitsChunks, spansOf } from '../../src/quant/chunks';
import type { GroupLayout } from '../../src/quant/layout';
import { elementCount, groupAt, layoutOf } from '../../src/quant/layout';
import { testGranularity } from './arbitraries';

/** The groups of a chunk's values in their order, as the kernels walk through it. */
function groupsOf({ outer, axis, inner, block, cyclic, firstGroup }: Chunk): number[] {
  const groups: number[] = [];
  let group = firstGroup;
  for (let unit = 0; unit < outer; unit += 1) {
    if (cyclic) group = firstGroup;
    for (let row = 0; row < axis; row += block) {
      for (let i = 0; i < Math.min(block, axis - row) * inner; i += 1) groups.push(group + (i % inner));
      group += inner;
    }
  }
  return groups;
}

const layouts: fc.Arbitrary<GroupLayout> = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }), fc.nat(3), testGranularity)
  .map(([dims, axis, granularity]) => layoutOf({ dims, channelAxis: axis % dims.length, blockAxis: axis % dims.length }, granularity));
const capacities = fc.constantFrom(1, 3, 16, 64, 10000);

describe('chunksOf', () => {
  it('covers every value once, in order, in chunks that fit, with its group', () => {
    fc.assert(
      fc.property(layouts, capacities, (layout, capacity) => {
        let next = 0;
        for (const chunk of chunksOf(layout, 0, layout.outer, capacity)) {
          expect(chunk.offset).toBe(next);
          expect(chunk.elements).toBeLessThanOrEqual(capacity);
          const groups = groupsOf(chunk);
          expect(groups).toEqual(groups.map((_, i) => groupAt(layout, next + i)));
          expect(new Set(groups).size).toBe(chunk.groups);
          next += groups.length;
        }
        expect(next).toBe(layout.outer * layout.axis * layout.inner);
      }),
      { seed: 4, numRuns: 500 },
    );
  });
});

describe('spansOf', () => {
  it('keeps all values of a group in one span', () => {
    fc.assert(
      fc.property(layouts, capacities, (layout, capacity) => {
        const spans = [...spansOf(layout, 0, layout.outer, capacity)];
        const elements = layout.outer * layout.axis * layout.inner;
        expect(spans.reduce((sum, { chunks }) => sum + chunks.reduce((part, chunk) => part + chunk.elements, 0), 0)).toBe(elements);
        const owners = spans.flatMap(({ chunks, firstGroup, groups }, index) =>
          [...new Set(chunks.flatMap(groupsOf))].map((group) => {
            expect(group - firstGroup).toBeGreaterThanOrEqual(0);
            expect(group - firstGroup).toBeLessThan(groups);
            return `${group}:${index}`;
          }),
        );
        expect(new Set(owners.map((owner) => owner.split(':')[0])).size).toBe(owners.length);
        if (fitsChunks(layout, capacity)) for (const { chunks } of spans) expect(chunks.length).toBe(1);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it('divides the middle axis by whole tensors only', () => {
    const layout = layoutOf({ dims: [4, 3, 5], channelAxis: 1, blockAxis: 1 }, 'channel');
    expect([...spansOf(layout, 0, 4, elementCount([4, 3, 5]))].length).toBe(1);
    expect([...spansOf(layout, 0, 4, 59)].map(({ chunks }) => chunks.length)).toEqual([2]);
  });
});
