import type { Extremes } from '../../src/quant/observe/tensorObserver';

/** Extremes of a tensor's values, of each entry of an axis or (null) of all, as a model with taps gives them. */
export function extremesOf(values: Float32Array, dims: readonly number[] = [values.length], axis: number | null = null): Extremes {
  const count = axis === null ? 1 : dims[axis]!;
  const inner = axis === null ? Math.max(values.length, 1) : dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const low = new Float32Array(count).fill(Infinity);
  const high = new Float32Array(count).fill(-Infinity);
  values.forEach((value, index) => {
    const channel = Math.floor(index / inner) % count;
    low[channel] = Math.min(low[channel]!, value);
    high[channel] = Math.max(high[channel]!, value);
  });
  return { low, high, sum: values.reduce((sum, value) => sum + value, 0) };
}
