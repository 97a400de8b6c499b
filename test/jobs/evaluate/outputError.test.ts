import { describe, expect, it } from 'vitest';
import { OutputErrorSum } from '../../../src/jobs/evaluate/outputError';
import type { TensorValue } from '../../../src/runtime/tensorValue';

const vector = (...values: readonly number[]): TensorValue => ({ dataType: 'float', dims: [1, values.length], data: Float32Array.from(values) });

function sumOf(...pairs: readonly (readonly [TensorValue, TensorValue])[]): OutputErrorSum {
  const sum = new OutputErrorSum('y', 'samples');
  for (const [expected, actual] of pairs) sum.add(expected, actual);
  return sum;
}

describe('an output that holds NaN in the model itself', () => {
  it('has no largest element that could be the same, and is counted', () => {
    const sum = sumOf([vector(NaN, NaN), vector(NaN, NaN)], [vector(NaN, 1), vector(NaN, 1)]);
    expect(sum.result()).toMatchObject({ samples: 2, sameTop1: null });
    expect(sum.notNumbers).toBe(2);
  });

  it('knows no error where no element is a number, and no other where one is', () => {
    expect(sumOf([vector(NaN, NaN), vector(NaN, NaN)]).result()).toMatchObject({ sqnrDb: null, maxError: null });
    expect(sumOf([vector(NaN, 0), vector(NaN, 0)]).result()).toMatchObject({ sqnrDb: null, maxError: 0 });
  });

  it('leaves the other samples ranked', () => {
    const sum = sumOf([vector(NaN, 1), vector(NaN, 1)], [vector(1, 2), vector(1, 3)], [vector(1, 2), vector(2, 1)]);
    expect(sum.result()?.sameTop1).toBe(0.5);
    expect(sum.notNumbers).toBe(1);
  });
});

it('says that a NaN where the model has a number is an infinite error', () => {
  const sum = sumOf([vector(1, 2), vector(1, NaN)]);
  expect(sum.result()).toMatchObject({ maxError: Infinity, sqnrDb: -Infinity });
  expect(sum.notNumbers).toBe(0);
});
