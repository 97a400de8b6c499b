// Sums, extremes and histogram of values. Twin: statisticsOf and histogramOf in src/quant/statistics.ts.

/** Sums over the finite values since `clearStatistics`; `low` > `high` while there was none. */
export let sum: f64 = 0;
export let squares: f64 = 0;
export let zeros: f64 = 0;
export let nonFinite: f64 = 0;
export let low: f32 = Infinity;
export let high: f32 = -Infinity;

export function clearStatistics(): void {
  sum = 0;
  squares = 0;
  zeros = 0;
  nonFinite = 0;
  low = Infinity;
  high = -Infinity;
}

export function statistics(values: usize, count: usize): void {
  for (let i: usize = 0; i < count; i += 1) {
    const value = load<f32>(values + (i << 2));
    if (!isFinite(value)) {
      nonFinite += 1;
      continue;
    }
    if (value === 0) zeros += 1;
    sum += <f64>value;
    squares += <f64>value * <f64>value;
    low = min(low, value);
    high = max(high, value);
  }
}

/** Counts finite values in `bins` equal bins over [from, to]; what lies outside goes to the first or last one. */
export function histogram(values: usize, count: usize, from: f64, to: f64, bins: i32, counts: usize): void {
  const perUnit = to > from ? <f64>bins / (to - from) : 0;
  for (let i: usize = 0; i < count; i += 1) {
    const value = load<f32>(values + (i << 2));
    if (!isFinite(value)) continue;
    const bin = max<f64>(0, min<f64>(floor((<f64>value - from) * perUnit), <f64>(bins - 1)));
    const at = counts + (<usize>bin << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}
