/** Counts and sums over values; parts of a tensor can be added up. */
export interface ValueSums {
  readonly elements: number;
  readonly zeros: number;
  /** NaNs and infinities; everything below leaves them out. */
  readonly nonFinite: number;
  readonly sum: number;
  readonly squares: number;
  /** Infinity and −Infinity where there is no value. */
  readonly low: number;
  readonly high: number;
}

export const NO_VALUES: ValueSums = { elements: 0, zeros: 0, nonFinite: 0, sum: 0, squares: 0, low: Infinity, high: -Infinity };

/** The definition; the kernel of the same name must agree. */
export function sumsOf(values: Float32Array): ValueSums {
  return values.reduce<ValueSums>((sums, value) => {
    if (!Number.isFinite(value)) return addSums(sums, { ...NO_VALUES, elements: 1, nonFinite: 1 });
    return addSums(sums, { elements: 1, zeros: value === 0 ? 1 : 0, nonFinite: 0, sum: value, squares: value * value, low: value, high: value });
  }, NO_VALUES);
}

export function addSums(a: ValueSums, b: ValueSums): ValueSums {
  return {
    elements: a.elements + b.elements,
    zeros: a.zeros + b.zeros,
    nonFinite: a.nonFinite + b.nonFinite,
    sum: a.sum + b.sum,
    squares: a.squares + b.squares,
    low: Math.min(a.low, b.low),
    high: Math.max(a.high, b.high),
  };
}

/** Mean and standard deviation (of the population) of the finite values; 0 where there are none. */
export function momentsOf({ elements, nonFinite, sum, squares }: ValueSums): { readonly mean: number; readonly deviation: number } {
  const count = elements - nonFinite;
  if (count === 0) return { mean: 0, deviation: 0 };
  const mean = sum / count;
  // Rounding can make the difference of the two squares slightly negative where all values are equal.
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

/** The bin of a finite value among `bins` equal ones over [low, high]; values outside go to the first or last. */
export function binOf(value: number, low: number, high: number, bins: number): number {
  const perUnit = high > low ? bins / (high - low) : 0;
  return Math.max(0, Math.min(Math.floor((value - low) * perUnit), bins - 1));
}
