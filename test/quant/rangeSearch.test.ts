import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromFloat16, toFloat16 } from '../../src/onnx/float16';
import type { Coding } from '../../src/quant/coding';
import { layoutOf } from '../../src/quant/layout';
import { groupParameters } from '../../src/quant/parameters';
import type { GroupParameters } from '../../src/quant/parameters';
import { groupNoises } from '../../src/quant/reference';
import { testScheme, testTensor } from './arbitraries';
import { gaussian } from './gaussian';
import { approximate, referenceParameters } from './reference';

describe('searchRanges', () => {
  it('is never worse than min-max, in any group', () => {
    fc.assert(
      fc.property(testTensor, testScheme, (tensor, scheme) => {
        const layout = layoutOf(tensor, scheme.granularity);
        const noises = (parameters: GroupParameters): Float64Array => groupNoises(tensor.values, approximate(tensor.values, layout, parameters, scheme, 'float'), layout);
        const plain = noises(referenceParameters(tensor.values, layout, scheme, 'minmax', 'float'));
        const searched = noises(referenceParameters(tensor.values, layout, scheme, 'mse', 'float'));
        for (const [group, noise] of searched.entries()) expect(noise).toBeLessThanOrEqual(plain[group]!);
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it.each([
    { bits: 2, signed: true, symmetric: true },
    { bits: 4, signed: true, symmetric: true },
    { bits: 4, signed: false, symmetric: false },
    { bits: 8, signed: true, symmetric: true },
  ] as const satisfies readonly Coding[])('comes close to an exhaustive scan of thresholds, a lone outlier or not: $bits bits, symmetric $symmetric', (coding) => {
    const layout = layoutOf({ dims: [512], channelAxis: 0, blockAxis: 0 }, 'tensor');
    for (const outlier of [0, 20, 100]) {
      const values = gaussian(512, 1);
      values[7] = outlier;
      const noise = (parameters: GroupParameters): number => groupNoises(values, approximate(values, layout, parameters, coding, 'float'), layout)[0]!;
      const low = Math.min(...values);
      const high = Math.max(...values);
      const thresholds = Array.from({ length: 250 }, (_, step) => 1.5 * Math.max(-low, high) * 0.97 ** step);
      const best = Math.min(
        ...thresholds.map((t) => {
          const ranges = coding.symmetric ? { low: Float32Array.of(-t), high: Float32Array.of(t) } : { low: Float32Array.of(Math.max(low, -t)), high: Float32Array.of(Math.min(high, t)) };
          return noise(groupParameters(ranges, coding, 'float'));
        }),
      );
      expect(noise(referenceParameters(values, layout, coding, 'mse', 'float'))).toBeLessThan(1.03 * best);
    }
  });

  it.each([
    ['float', 2 ** 128],
    ['float16', 65536],
  ] as const)('reaches the values of a %s tensor exactly when min-max does', (scaleType, limit) => {
    const type = scaleType === 'float' ? Math.fround : (value: number): number => fromFloat16(toFloat16(value));
    let unreachable = 0;
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }).map((part) => type((part / 1000) * limit)).filter(Number.isFinite), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, testScheme, (list, scheme) => {
        const tensor = { values: Float32Array.from(list), dims: [list.length], channelAxis: 0, blockAxis: 0 };
        const layout = layoutOf(tensor, scheme.granularity);
        const reached = (['minmax', 'mse'] as const).map((range) =>
          [...groupNoises(tensor.values, approximate(tensor.values, layout, referenceParameters(tensor.values, layout, scheme, range, scaleType), scheme, scaleType), layout)].map(Number.isFinite));
        expect(reached[1]).toEqual(reached[0]);
        if (reached[0]!.includes(false)) unreachable += 1;
      }),
      { seed: 5, numRuns: 200 },
    );
    expect(unreachable).toBeGreaterThan(10);
    expect(unreachable).toBeLessThan(180);
  });

  it('keeps the min-max range where that is exact', () => {
    const values = Float32Array.from({ length: 255 }, (_, i) => i - 127);
    const layout = layoutOf({ dims: [255], channelAxis: 0, blockAxis: 0 }, 'tensor');
    const coding: Coding = { bits: 8, signed: true, symmetric: true };
    expect(referenceParameters(values, layout, coding, 'mse', 'float')).toEqual(groupParameters({ low: Float32Array.of(-127), high: Float32Array.of(127) }, coding, 'float'));
  });
});
