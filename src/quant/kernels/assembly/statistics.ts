// Sums, extremes and histogram of values. Twins: sumsOf and binOf in src/quant/statistics.ts.

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
  const bulk = count & ~3;
  const none = f32x4.splat(0);
  let lowest = f32x4.splat(low);
  let highest = f32x4.splat(high);
  let zeroLanes = i32x4.splat(0);
  let finiteLanes = i32x4.splat(0);
  let sums = f64x2.splat(0);
  let evenSquares = f64x2.splat(0);
  let oddSquares = f64x2.splat(0);
  for (let i: usize = 0; i < bulk; i += 4) {
    const stored = v128.load(values + (i << 2));
    const finite = i32x4.lt_s(v128.and(stored, i32x4.splat(0x7fffffff)), i32x4.splat(0x7f800000));
    // Lanes of a mask are −1 where it holds.
    finiteLanes = i32x4.sub(finiteLanes, finite);
    zeroLanes = i32x4.sub(zeroLanes, f32x4.eq(stored, none));
    lowest = f32x4.pmin(lowest, v128.bitselect(stored, lowest, finite));
    highest = f32x4.pmax(highest, v128.bitselect(stored, highest, finite));
    const value = v128.and(stored, finite);
    const first = f64x2.promote_low_f32x4(value);
    const second = f64x2.promote_low_f32x4(i32x4.shuffle(value, value, 2, 3, 2, 3));
    sums = f64x2.add(sums, f64x2.add(first, second));
    evenSquares = f64x2.add(evenSquares, f64x2.mul(first, first));
    oddSquares = f64x2.add(oddSquares, f64x2.mul(second, second));
  }
  const squareLanes = f64x2.add(evenSquares, oddSquares);
  sum += f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  squares += f64x2.extract_lane(squareLanes, 0) + f64x2.extract_lane(squareLanes, 1);
  nonFinite += <f64>bulk;
  for (let lane = 0; lane < 4; lane += 1) {
    nonFinite -= <f64>i32x4.extract_lane(finiteLanes, 0);
    zeros += <f64>i32x4.extract_lane(zeroLanes, 0);
    low = min(low, f32x4.extract_lane(lowest, 0));
    high = max(high, f32x4.extract_lane(highest, 0));
    finiteLanes = i32x4.shuffle(finiteLanes, finiteLanes, 1, 2, 3, 0);
    zeroLanes = i32x4.shuffle(zeroLanes, zeroLanes, 1, 2, 3, 0);
    lowest = i32x4.shuffle(lowest, lowest, 1, 2, 3, 0);
    highest = i32x4.shuffle(highest, highest, 1, 2, 3, 0);
  }
  for (let i = bulk; i < count; i += 1) {
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
