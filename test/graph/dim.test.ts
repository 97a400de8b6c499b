import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dim } from '../../src/graph/dim';
import {
  add, ceilDivide, divideExactly, equalDims, floor, floorDivide, isUnknown, MAX_EXPRESSION_LENGTH, maximum, minimum, multiply, product, rangeOf, subtract, symbol, toShapeDim, UNKNOWN_DIM,
} from '../../src/graph/dim';

const h = symbol('h');
const w = symbol('w');

/** The value of an expression's text, as a person would read it. */
function evaluate(dim: Dim, values: Readonly<Record<string, number>>): number {
  if (typeof dim === 'number') return dim;
  const body = dim.text.replace(/\bfloor\b/g, 'Math.floor').replace(/\bmax\b/g, 'Math.max').replace(/\bmin\b/g, 'Math.min');
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  return new Function(...Object.keys(values), `return ${body};`)(...Object.values(values)) as number;
}

/** A random expression together with the function that computes it directly. */
interface Sample {
  readonly dim: Dim;
  readonly value: (h: number, w: number) => number;
}

const leaf: fc.Arbitrary<Sample> = fc.oneof(
  fc.integer({ min: -4, max: 9 }).map((n): Sample => ({ dim: n, value: () => n })),
  fc.constant<Sample>({ dim: h, value: (x) => x }),
  fc.constant<Sample>({ dim: w, value: (_, y) => y }),
);

const { expression } = fc.letrec<{ expression: Sample }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.tuple(tie('expression'), tie('expression'), fc.constantFrom('add', 'subtract', 'multiply', 'max', 'min')).map(([a, b, kind]): Sample => {
      switch (kind) {
        case 'add': return { dim: add(a.dim, b.dim), value: (x, y) => a.value(x, y) + b.value(x, y) };
        case 'subtract': return { dim: subtract(a.dim, b.dim), value: (x, y) => a.value(x, y) - b.value(x, y) };
        case 'multiply': return { dim: multiply(a.dim, b.dim), value: (x, y) => a.value(x, y) * b.value(x, y) };
        case 'max': return { dim: maximum(a.dim, b.dim), value: (x, y) => Math.max(a.value(x, y), b.value(x, y)) };
        default: return { dim: minimum(a.dim, b.dim), value: (x, y) => Math.min(a.value(x, y), b.value(x, y)) };
      }
    }),
    fc.tuple(tie('expression'), fc.integer({ min: 1, max: 5 }), fc.boolean()).map(([a, n, up]): Sample => up
      ? { dim: ceilDivide(a.dim, n), value: (x, y) => Math.ceil(a.value(x, y) / n) }
      : { dim: floorDivide(a.dim, n), value: (x, y) => Math.floor(a.value(x, y) / n) }),
  ),
}));

describe('dimensions', () => {
  it('mean what was computed, whatever order it was written in', () => {
    fc.assert(fc.property(expression, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }), (sample, x, y) => {
      fc.pre(!isUnknown(sample.dim));
      expect(evaluate(sample.dim, { h: x, w: y }) + 0).toBe(sample.value(x, y) + 0);
    }), { numRuns: 500 });
  });

  it('have one text for equal sums and products', () => {
    fc.assert(fc.property(expression, expression, (a, b) => {
      fc.pre(!isUnknown(a.dim) && !isUnknown(b.dim));
      const [left, right] = [multiply(add(a.dim, b.dim), 2), add(multiply(b.dim, 2), multiply(2, a.dim))];
      fc.pre(!isUnknown(left) && !isUnknown(right));
      expect(equalDims(left, right)).toBe(true);
    }), { numRuns: 300 });
  });

  it('write sums with the constant last and whole multiples outside of the floor', () => {
    expect(toShapeDim(add(multiply(h, 2), 1))).toBe('2*h+1');
    expect(toShapeDim(subtract(h, 3))).toBe('h-3');
    expect(toShapeDim(floorDivide(add(multiply(h, 4), 3), 2))).toBe('2*h+1');
    expect(toShapeDim(floorDivide(subtract(h, 1), 2))).toBe('floor((h+1)/2)-1');
    expect(toShapeDim(floor(multiply(h, 0.5)))).toBe('floor(h/2)');
    // What a network makes of its input's height by halving it again and again, rounding up or down.
    expect(toShapeDim(ceilDivide(ceilDivide(ceilDivide(h, 2), 2), 2))).toBe('floor((h+7)/8)');
    expect(toShapeDim(floorDivide(floorDivide(h, 2), 2))).toBe('floor(h/4)');
    expect(toShapeDim(floorDivide(add(multiply(h, 6), 5), 4))).toBe('floor(3*h/2)+1');
    expect(subtract(h, h)).toBe(0);
  });

  it('divide without rest where every term has the divisor', () => {
    expect(toShapeDim(divideExactly(product([h, w, 12]), product([h, 4]))!)).toBe('3*w');
    expect(divideExactly(add(h, w), h)).toBeNull();
    expect(divideExactly(h, 0)).toBeNull();
    expect(toShapeDim(floorDivide(add(h, w), h))).toBe('floor((h+w)/h)');
  });

  it('are bounded by what their symbols, extents, can be', () => {
    fc.assert(fc.property(expression, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }), (sample, x, y) => {
      const { low, high } = rangeOf(sample.dim);
      expect(sample.value(x, y)).toBeGreaterThanOrEqual(low);
      expect(sample.value(x, y)).toBeLessThanOrEqual(high);
    }), { numRuns: 500 });
    expect(rangeOf(add(multiply(h, 2), 1))).toEqual({ low: 1, high: Infinity });
    expect(maximum(h, 0)).toBe(h);
    expect(minimum(minimum(h, 9), 10)).toEqual(minimum(h, 9));
  });

  it('never take the unknown for equal, and let it swallow arithmetic', () => {
    expect(equalDims(UNKNOWN_DIM, UNKNOWN_DIM)).toBe(false);
    expect(add(UNKNOWN_DIM, 1)).toBe(UNKNOWN_DIM);
    expect(multiply(UNKNOWN_DIM, 0)).toBe(0);
    expect(floorDivide(8, 0)).toBe(UNKNOWN_DIM);
  });

  it('show any symbol as the file names it, and keep it apart inside expressions', () => {
    expect(toShapeDim(symbol('batch size'))).toBe('batch size');
    expect(toShapeDim(multiply(symbol('batch size'), 2))).toBe('2*"batch size"');
    expect(equalDims(symbol('2*h'), multiply(h, 2))).toBe(false);
  });

  it('give up on expressions longer than the limit, not before', () => {
    let sum: Dim = 0;
    let letters = 0;
    while (typeof sum === 'number' || !isUnknown(sum)) {
      const next: Dim = add(sum, symbol(`s${String(letters)}`));
      const length = typeof next === 'number' ? 0 : next.text.length;
      expect(isUnknown(next) || length <= MAX_EXPRESSION_LENGTH).toBe(true);
      letters += 1;
      sum = next;
      expect(letters).toBeLessThan(MAX_EXPRESSION_LENGTH);
    }
    expect(letters).toBeGreaterThan(MAX_EXPRESSION_LENGTH / 5);
  });
});
