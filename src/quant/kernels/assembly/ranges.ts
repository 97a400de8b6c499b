// Range of every group, zero included, and Σ x². Twins: rangesOf and signalOf in src/quant/reference.ts.

/** Σ x² since `clear`. */
export let signal: f64 = 0;
/** Largest magnitude since `clear`, as the bits of a float32: 0x7f800000 and above mean an infinity or NaN. */
export let magnitude: i32 = 0;

export function clearRanges(): void {
  signal = 0;
  magnitude = 0;
}

let runLow: f32 = 0;
let runHigh: f32 = 0;

// pmin(a, b) is b < a ? b : a, one instruction, and passes over NaN, which `magnitude` reports.
function run(at: usize, count: usize): void {
  let low = f32x4.splat(runLow);
  let high = f32x4.splat(runHigh);
  let bits = i32x4.splat(magnitude);
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  const end = at + (count << 2);
  const bulk = at + ((count & ~3) << 2);
  for (; at < bulk; at += 16) {
    const value = v128.load(at);
    low = f32x4.pmin(low, value);
    high = f32x4.pmax(high, value);
    bits = i32x4.max_s(bits, v128.and(value, i32x4.splat(0x7fffffff)));
    const first = f64x2.promote_low_f32x4(value);
    const second = f64x2.promote_low_f32x4(i32x4.shuffle(value, value, 2, 3, 2, 3));
    even = f64x2.add(even, f64x2.mul(first, first));
    odd = f64x2.add(odd, f64x2.mul(second, second));
  }
  low = f32x4.pmin(low, i32x4.shuffle(low, low, 2, 3, 0, 1));
  low = f32x4.pmin(low, i32x4.shuffle(low, low, 1, 0, 3, 2));
  high = f32x4.pmax(high, i32x4.shuffle(high, high, 2, 3, 0, 1));
  high = f32x4.pmax(high, i32x4.shuffle(high, high, 1, 0, 3, 2));
  bits = i32x4.max_s(bits, i32x4.shuffle(bits, bits, 2, 3, 0, 1));
  bits = i32x4.max_s(bits, i32x4.shuffle(bits, bits, 1, 0, 3, 2));
  runLow = f32x4.extract_lane(low, 0);
  runHigh = f32x4.extract_lane(high, 0);
  magnitude = i32x4.extract_lane(bits, 0);
  even = f64x2.add(even, odd);
  let total = f64x2.extract_lane(even, 0) + f64x2.extract_lane(even, 1);
  for (; at < end; at += 4) {
    const value = load<f32>(at);
    if (value < runLow) runLow = value;
    if (value > runHigh) runHigh = value;
    magnitude = max<i32>(magnitude, load<i32>(at) & 0x7fffffff);
    total += <f64>value * <f64>value;
  }
  signal += total;
}

function columns(at: usize, rows: usize, count: usize, low: usize, high: usize): void {
  let bits = i32x4.splat(magnitude);
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let total: f64 = 0;
  const bulk = count & ~3;
  for (let row: usize = 0; row < rows; row += 1) {
    let column: usize = 0;
    for (; column < bulk; column += 4) {
      const value = v128.load(at + (column << 2));
      const lowAt = low + (column << 2);
      const highAt = high + (column << 2);
      v128.store(lowAt, f32x4.pmin(v128.load(lowAt), value));
      v128.store(highAt, f32x4.pmax(v128.load(highAt), value));
      bits = i32x4.max_s(bits, v128.and(value, i32x4.splat(0x7fffffff)));
      const first = f64x2.promote_low_f32x4(value);
      const second = f64x2.promote_low_f32x4(i32x4.shuffle(value, value, 2, 3, 2, 3));
      even = f64x2.add(even, f64x2.mul(first, first));
      odd = f64x2.add(odd, f64x2.mul(second, second));
    }
    for (; column < count; column += 1) {
      const value = load<f32>(at + (column << 2));
      const lowAt = low + (column << 2);
      const highAt = high + (column << 2);
      if (value < load<f32>(lowAt)) store<f32>(lowAt, value);
      if (value > load<f32>(highAt)) store<f32>(highAt, value);
      magnitude = max<i32>(magnitude, load<i32>(at + (column << 2)) & 0x7fffffff);
      total += <f64>value * <f64>value;
    }
    at += count << 2;
  }
  bits = i32x4.max_s(bits, i32x4.shuffle(bits, bits, 2, 3, 0, 1));
  bits = i32x4.max_s(bits, i32x4.shuffle(bits, bits, 1, 0, 3, 2));
  magnitude = max<i32>(magnitude, i32x4.extract_lane(bits, 0));
  even = f64x2.add(even, odd);
  signal += total + f64x2.extract_lane(even, 0) + f64x2.extract_lane(even, 1);
}

/** Widens `low` and `high` (one float32 a group) by the values of a chunk; see `Chunk` for the shape. */
export function ranges(values: usize, outer: usize, axis: usize, inner: usize, block: usize, cyclic: bool, low: usize, high: usize): void {
  let at = values;
  let group: usize = 0;
  for (let unit: usize = 0; unit < outer; unit += 1) {
    if (cyclic) group = 0;
    for (let row: usize = 0; row < axis; row += block) {
      const rows = min(block, axis - row);
      if (inner === 1) {
        runLow = load<f32>(low + (group << 2));
        runHigh = load<f32>(high + (group << 2));
        run(at, rows);
        store<f32>(low + (group << 2), runLow);
        store<f32>(high + (group << 2), runHigh);
      } else {
        columns(at, rows, inner, low + (group << 2), high + (group << 2));
      }
      at += (rows * inner) << 2;
      group += inner;
    }
  }
}
