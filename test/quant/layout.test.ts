import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NibbleError } from '../../src/errors';
import { elementCount, groupAt, layoutOf } from '../../src/quant/layout';
import type { Granularity } from '../../src/quant/scheme';

/** The group of an element from its coordinates and ONNX's broadcasting of the scale: an independent definition. */
function groupByCoordinates(dims: readonly number[], axis: number, granularity: Granularity, index: number): number {
  if (granularity === 'tensor') return 0;
  const coordinates = dims.map((_, dim) => Math.floor(index / elementCount(dims.slice(dim + 1))) % dims[dim]!);
  if (granularity === 'channel') return coordinates[axis]!;
  const scaleDims = dims.map((dim, i) => (i === axis ? Math.ceil(dim / granularity.block) : dim));
  return coordinates.reduce((flat, at, dim) => flat * scaleDims[dim]! + (dim === axis ? Math.floor(at / granularity.block) : at), 0);
}

const granularity = fc.oneof(fc.constantFrom<Granularity>('tensor', 'channel'), fc.integer({ min: 1, max: 9 }).map((block): Granularity => ({ block })));

describe('layoutOf', () => {
  it('groups every element as ONNX broadcasts the scale', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }), fc.nat(), granularity, (dims, pick, chosen) => {
        const axis = pick % dims.length;
        const layout = layoutOf({ dims, channelAxis: axis, blockAxis: axis }, chosen);
        const expected = Array.from({ length: elementCount(dims) }, (_, index) => groupByCoordinates(dims, axis, chosen, index));
        expect(expected.map((_, index) => groupAt(layout, index))).toEqual(expected);
        expect(layout.groups).toBe(elementCount(layout.scaleDims));
        expect(layout.groups).toBe(Math.max(...expected) + 1);
        expect(layout.outer * layout.axis * layout.inner).toBe(elementCount(dims));
      }),
      { seed: 11 },
    );
  });

  it('describes scales as DequantizeLinear wants them', () => {
    const conv = { dims: [64, 33, 3, 3], channelAxis: 0, blockAxis: 1 };
    expect(layoutOf(conv, 'tensor')).toMatchObject({ scaleDims: [], quantizedAxis: null });
    expect(layoutOf(conv, 'channel')).toMatchObject({ scaleDims: [64], quantizedAxis: 0 });
    expect(layoutOf(conv, { block: 16 })).toMatchObject({ scaleDims: [64, 3, 3, 3], quantizedAxis: 1 });
  });

  it('has one scale for a vector of a single block', () => {
    const vector = { dims: [16], channelAxis: 0, blockAxis: 0 };
    expect(layoutOf(vector, { block: 16 })).toMatchObject({ scaleDims: [], quantizedAxis: null });
    expect(layoutOf(vector, { block: 15 })).toMatchObject({ scaleDims: [2], quantizedAxis: 0 });
  });

  it('accepts scalars and empty tensors', () => {
    expect(layoutOf({ dims: [], channelAxis: 0, blockAxis: 0 }, 'tensor').groups).toBe(1);
    expect(layoutOf({ dims: [0, 4], channelAxis: 1, blockAxis: 0 }, 'channel').groups).toBe(4);
    expect(layoutOf({ dims: [0, 4], channelAxis: 1, blockAxis: 0 }, { block: 16 }).groups).toBe(0);
  });

  it('refuses axes and blocks that make no sense', () => {
    const refused = (granularity: Granularity, axis: number) => () => layoutOf({ dims: [4, 4], channelAxis: axis, blockAxis: axis }, granularity);
    for (const axis of [-1, 2, 0.5]) expect(refused('channel', axis)).toThrow(NibbleError);
    for (const block of [0, -16, 1.5, NaN]) expect(refused({ block }, 0)).toThrow(NibbleError);
  });
});
