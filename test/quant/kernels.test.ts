import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DataType } from '../../src/onnx/dtypes';
import { fromBfloat16, fromFloat16, toFloat16 } from '../../src/onnx/float16';
import { Kernels } from '../../src/quant/kernels/kernels';
import { layoutOf } from '../../src/quant/layout';
import { errorSums, throughFloat16 } from '../../src/quant/reference';
import { chunksOf } from '../../src/quant/chunks';
import { NO_VALUES, addSums, binOf, sumsOf } from '../../src/quant/statistics';

const CAPACITY = 65536;
const kernels = new Kernels(new WebAssembly.Module(readFileSync('dist/kernels.wasm')), CAPACITY);
const patterns = Uint16Array.from({ length: 65536 }, (_, pattern) => pattern);

function load(dataType: DataType, stored: Float32Array | Uint16Array | Float64Array): void {
  const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  kernels.loadBuffer(dataType, bytes.length).set(bytes);
  kernels.loaded(dataType, stored.length);
}

/** The loaded values, one by one: each is the range of a block of one. */
function loadedValues(count: number): Float32Array {
  const [chunk] = chunksOf(layoutOf({ dims: [count], channelAxis: 0, blockAxis: 0 }, 'channel'), 0, count, CAPACITY);
  const extremes = { low: new Float32Array(count).fill(Infinity), high: new Float32Array(count).fill(-Infinity) };
  kernels.ranges(chunk!, extremes, 0);
  return extremes.low;
}

const anyFloats = fc.array(fc.oneof(fc.float(), fc.constantFrom(0, -0, NaN, Infinity, -Infinity)), { maxLength: 50 }).map((values) => Float32Array.from(values));

describe('conversion', () => {
  it('of float16 is exact for every pattern', () => {
    const numbers = patterns.filter((pattern) => !Number.isNaN(fromFloat16(pattern)));
    load('float16', numbers);
    expect(loadedValues(numbers.length)).toEqual(Float32Array.from(numbers, fromFloat16));
  });

  it('of bfloat16 is exact for every pattern', () => {
    const numbers = patterns.filter((pattern) => !Number.isNaN(fromBfloat16(pattern)));
    load('bfloat16', numbers);
    expect(loadedValues(numbers.length)).toEqual(Float32Array.from(numbers, fromBfloat16));
  });

  it('of double is to the nearest', () => {
    const doubles = Float64Array.of(0.1, -1e300, 1e-300, 1 + 2 ** -25, 16777217, -3.7);
    load('double', doubles);
    expect(loadedValues(doubles.length)).toEqual(Float32Array.from(doubles));
  });

  it('to float16 and its errors equal the reference, for tails of every length', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.float({ min: -66000, max: 66000, noNaN: true }), fc.float({ min: Math.fround(-1e-4), max: Math.fround(1e-4), noNaN: true })), { maxLength: 20 }), (list) => {
        const values = Float32Array.from(list);
        load('float', new Float32Array(24).fill(1));
        load('float', values);
        const sums = kernels.halve(values.length);
        expect([...new Uint16Array(kernels.output(2 * values.length).slice().buffer)]).toEqual(Array.from(values, toFloat16));
        expect(sums.maxError).toBe(errorSums(values, throughFloat16(values)).maxError);
      }),
      { seed: 6, numRuns: 500 },
    );
  });
});

describe('statistics', () => {
  it('are those of the reference, and add up', () => {
    fc.assert(
      fc.property(anyFloats, (values) => {
        load('float', values);
        const found = kernels.sums(values.length);
        const { sum, squares, ...exact } = sumsOf(values);
        // Adding 0 makes −0 into 0, of which either may be the extreme.
        expect({ ...exact, low: exact.low + 0, high: exact.high + 0 }).toEqual({ elements: values.length, zeros: found.zeros, nonFinite: found.nonFinite, low: found.low + 0, high: found.high + 0 });
        const magnitude = values.reduce((total, value) => total + (Number.isFinite(value) ? Math.abs(value) : 0), 0);
        expect(Math.abs(found.sum - sum)).toBeLessThanOrEqual(1e-12 * magnitude);
        expect(Math.abs(found.squares - squares)).toBeLessThanOrEqual(1e-12 * squares);
      }),
      { seed: 7, numRuns: 300 },
    );
    expect(addSums(NO_VALUES, sumsOf(Float32Array.of(2, 0, NaN)))).toEqual({ elements: 3, zeros: 1, nonFinite: 1, sum: 2, squares: 4, low: 0, high: 2 });
  });
});

describe('histogram', () => {
  it('counts every finite value in its bin', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -30, max: 30 }), { maxLength: 50 }), fc.integer({ min: -20, max: 0 }), fc.integer({ min: 0, max: 20 }), (list, low, high) => {
        const values = Float32Array.from([...list, NaN]);
        load('float', values);
        const counts = new Float64Array(7);
        kernels.addToHistogram('values', values.length, low, high, counts);
        const expected = new Float64Array(7);
        for (const value of list) expected[binOf(value, low, high, 7)]! += 1;
        expect(counts).toEqual(expected);
      }),
      { seed: 8, numRuns: 300 },
    );
  });
});
