import fc from 'fast-check';
import { elementCount } from '../../src/quant/layout';
import type { Granularity, IntegerScheme, WeightBits } from '../../src/quant/scheme';

/** Float32 values of every kind that weights can have: usual ones, ties of a grid, zeros, subnormals, the very large. */
function weight(spread: number): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.double({ min: -3, max: 3, noNaN: true }).map((value) => Math.fround(value * spread)) },
    { weight: 2, arbitrary: fc.integer({ min: -40, max: 40 }).map((value) => Math.fround((value / 2) * spread)) },
    { weight: 1, arbitrary: fc.constantFrom(0, -0, 2 ** -149, -(2 ** -140), 2 ** -126) },
  );
}

/** A tensor of up to four dimensions with its axes. */
export interface TestTensor {
  readonly dims: readonly number[];
  readonly channelAxis: number;
  readonly blockAxis: number;
  readonly values: Float32Array;
}

export const testTensor: fc.Arbitrary<TestTensor> = fc
  .tuple(fc.array(fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 9 }) }, { weight: 1, arbitrary: fc.integer({ min: 10, max: 40 }) }), { minLength: 1, maxLength: 4 }), fc.nat(3), fc.nat(3), fc.constantFrom(1, 1e-3, 1e4, 1e-36))
  .filter(([dims]) => elementCount(dims) <= 1500)
  .chain(([dims, channel, block, spread]) =>
    fc.array(weight(spread), { minLength: elementCount(dims), maxLength: elementCount(dims) }).map((values) => ({
      dims,
      channelAxis: channel % dims.length,
      blockAxis: block % dims.length,
      values: Float32Array.from(values),
    })),
  );

export const testGranularity: fc.Arbitrary<Granularity> = fc.oneof(
  fc.constantFrom<Granularity>('tensor', 'channel'),
  fc.constantFrom(1, 3, 8, 16, 32).map((block): Granularity => ({ block })),
);

export const testScheme: fc.Arbitrary<IntegerScheme> = fc.record({
  kind: fc.constant('integer' as const),
  wantsReduced: fc.nat(5),
  bits: fc.constantFrom<WeightBits>(2, 4, 8, 16),
  signed: fc.boolean(),
  symmetric: fc.boolean(),
  granularity: testGranularity,
  range: fc.constantFrom('minmax', 'minmax', 'minmax', 'mse'),
}).map(({ wantsReduced, ...scheme }): IntegerScheme => (scheme.bits === 8 && wantsReduced === 0 ? { ...scheme, reduced: true } : scheme));
