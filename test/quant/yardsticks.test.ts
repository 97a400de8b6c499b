import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../src/quant/layout';
import { errorSums, signalOf } from '../../src/quant/reference';
import type { Granularity, IntegerScheme, RangeMethod } from '../../src/quant/scheme';
import { schemeKey } from '../../src/quant/scheme';
import { sqnrDb } from '../../src/quant/sqnr';
import { gaussian, laplace } from './gaussian';
import { approximate, referenceParameters } from './reference';

const tensor = { dims: [64, 1152], channelAxis: 0, blockAxis: 1 };
const samples = { gaussian: gaussian(64 * 1152, 1), laplace: laplace(64 * 1152, 2) };

function scheme(bits: IntegerScheme['bits'], signed: boolean, symmetric: boolean, granularity: Granularity, range: RangeMethod = 'minmax'): IntegerScheme {
  return { kind: 'integer', bits, signed, symmetric, granularity, range };
}

function measured(values: Float32Array, chosen: IntegerScheme): number {
  const layout = layoutOf(tensor, chosen.granularity);
  const parameters = referenceParameters(values, layout, chosen, chosen.range, 'float');
  const { noise } = errorSums(values, approximate(values, layout, parameters, chosen, 'float'));
  return sqnrDb(signalOf(values), noise)!;
}

/** SQNR in dB of rows of 1152 values, measured with numpy and onnxruntime. */
const YARDSTICKS: readonly (readonly [IntegerScheme, gaussian: number, laplace: number])[] = [
  [scheme(8, true, true, 'channel'), 42.0, 38.1],
  [scheme(8, true, false, 'channel'), 42.6, 39.0],
  [scheme(4, true, true, 'channel'), 17.5, 13.7],
  [scheme(4, false, false, 'channel'), 18.0, 14.5],
  [scheme(4, true, true, 'channel', 'mse'), 19.3, 16.1],
  [scheme(4, false, false, { block: 32 }), 21.9, 20.5],
];

describe('weight error of well-known distributions', () => {
  it.each(
    YARDSTICKS.map(([chosen, ...expected]) => ({ chosen, expected, name: schemeKey(chosen) })),
  )('$name', ({ chosen, expected }) => {
    expect(Math.abs(measured(samples.gaussian, chosen) - expected[0])).toBeLessThan(0.3);
    expect(Math.abs(measured(samples.laplace, chosen) - expected[1])).toBeLessThan(0.3);
  });

  it('depends on the largest value alone per tensor: 40.8 dB at 8 bits for an amplitude of four sigmas', () => {
    const values = samples.gaussian.map((value) => Math.max(-4, Math.min(4, value)));
    expect(Math.abs(measured(values, scheme(8, true, true, 'tensor')) - 40.8)).toBeLessThan(0.3);
    expect(Math.abs(measured(values, scheme(4, true, true, 'tensor')) - 15.7)).toBeLessThan(0.8);
  });
});
