import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_HELD_BYTES, PairCounter } from '../../src/audit/pairCounter';
import type { Reduction } from '../../src/audit/pairCounter';
import { MAX_CHANNELS, RangeFinder } from '../../src/audit/rangeFinder';

/*
 * Both work on pieces of a tensor as they come from the file. Whatever the pieces, they must agree with a look at the whole
 * tensor by its indices, which is how the plain versions here are written.
 */

interface Case {
  readonly dims: readonly number[];
  readonly codes: Int8Array;
  readonly cuts: readonly number[];
}

const cases = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }).chain((dims) => {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return fc.record({ dims: fc.constant(dims), codes: fc.int8Array({ minLength: count, maxLength: count }), cuts: fc.array(fc.integer({ min: 0, max: count }), { maxLength: 4 }) });
});

function feed({ codes, cuts }: Case, take: (codes: Int8Array, at: number) => void): void {
  const ends = [...new Set([...cuts, codes.length])].filter((end) => end > 0).sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    take(codes.subarray(start, end), start);
    start = end;
  }
}

/** Index along each axis of the element at a position. */
function indicesOf(position: number, dims: readonly number[]): readonly number[] {
  let rest = position;
  return [...dims].reverse().map((dim) => {
    const index = rest % dim;
    rest = Math.floor(rest / dim);
    return index;
  }).reverse();
}

it('finds the range of each channel along any axis', () => {
  fc.assert(
    fc.property(cases, fc.nat(3), (given, wanted) => {
      const axis = wanted % given.dims.length;
      const finder = new RangeFinder(given.dims, axis);
      feed(given, (codes, at) => { finder.take(codes, at); });
      const of = (channel: number): readonly number[] => [...given.codes].filter((_, position) => indicesOf(position, given.dims)[axis] === channel);
      const channels = Array.from({ length: given.dims[axis]! }, (_, channel) => of(channel));
      expect([...finder.result().low]).toEqual(channels.map((codes) => Math.min(...codes)));
      expect([...finder.result().high]).toEqual(channels.map((codes) => Math.max(...codes)));
    }),
    { seed: 1 },
  );
});

it('takes a tensor without an axis, or with too many channels, as one channel', () => {
  for (const [dims, axis] of [[[2, 2], -1], [[MAX_CHANNELS + 1], 0]] as const) {
    const finder = new RangeFinder(dims, axis);
    finder.take(Int8Array.of(3, -4, 5, 0), 0);
    expect(finder.result()).toEqual({ low: Int16Array.of(-4), high: Int16Array.of(5) });
  }
  expect(new RangeFinder([4], 0).result().low).toHaveLength(4);
});

describe('pairs that can saturate', () => {
  const count = (given: Case, reduction: Reduction) => {
    const counter = PairCounter.for(given.dims, reduction)!;
    feed(given, (codes, at) => { counter.take(codes, at); });
    return counter.result();
  };
  /** Whether some pair of uint8 activations leaves 16 bits: tried out, not derived. */
  const saturates = (a: number, b: number): boolean =>
    [0, 255].some((x) => [0, 255].some((y) => a * x + b * y > 32767 || a * x + b * y < -32768));

  it('are neighbours along the axis that a matrix is summed over', () => {
    fc.assert(
      fc.property(cases, fc.nat(3), (given, wanted) => {
        const axis = wanted % given.dims.length;
        let pairs = 0;
        let saturating = 0;
        given.codes.forEach((code, position) => {
          const indices = indicesOf(position, given.dims);
          if (indices[axis]! % 2 === 1) {
            const inner = given.dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
            pairs += 1;
            if (saturates(given.codes[position - inner]!, code)) saturating += 1;
          }
        });
        expect(count(given, { kind: 'matrix', axis })).toEqual({ pairs, saturating });
      }),
      { seed: 2 },
    );
  });

  it('are neighbours of a filter with its channels running fastest', () => {
    fc.assert(
      fc.property(cases.filter(({ dims }) => dims.length > 2), (given) => {
        const [filters, channels, ...kernel] = given.dims as [number, number, ...number[]];
        const positions = kernel.reduce((product, dim) => product * dim, 1);
        let pairs = 0;
        let saturating = 0;
        for (let filter = 0; filter < filters; filter += 1) {
          const order: number[] = [];
          for (let position = 0; position < positions; position += 1) for (let channel = 0; channel < channels; channel += 1) order.push(given.codes[(filter * channels + channel) * positions + position]!);
          for (let at = 1; at < order.length; at += 2) {
            pairs += 1;
            if (saturates(order[at - 1]!, order[at]!)) saturating += 1;
          }
        }
        expect(count(given, { kind: 'convolution' })).toEqual({ pairs, saturating });
      }),
      { seed: 3 },
    );
  });

  it('are not counted where a row or a filter is too large to hold', () => {
    expect(PairCounter.for([2, MAX_HELD_BYTES], { kind: 'matrix', axis: 0 })).not.toBeNull();
    expect(PairCounter.for([2, MAX_HELD_BYTES + 1], { kind: 'matrix', axis: 0 })).toBeNull();
    expect(PairCounter.for([1, MAX_HELD_BYTES, 1], { kind: 'convolution' })).not.toBeNull();
    expect(PairCounter.for([1, MAX_HELD_BYTES + 1, 1], { kind: 'convolution' })).toBeNull();
    expect(PairCounter.for([2, 2], { kind: 'convolution' })).toBeNull();
    expect(PairCounter.for([2, 2], { kind: 'matrix', axis: 2 })).toBeNull();
  });
});
