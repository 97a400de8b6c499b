// Scale and zero point of every group. Twin: parametersOf in src/quant/parameters.ts.
import { throughHalfScalar } from './half';

/**
 * @param lowest,highest the codes that a range is spread over
 * @param symmetric whether all groups have the zero point `middle`
 * @param half whether scales are stored as float16
 */
export function parameters(
  low: usize, high: usize, groups: usize, lowest: f64, highest: f64, symmetric: bool, middle: i32, half: bool,
  scales: usize, zeroPoints: usize,
): void {
  for (let group: usize = 0; group < groups; group += 1) {
    let from = min<f64>(<f64>load<f32>(low + (group << 2)), 0);
    let to = max<f64>(<f64>load<f32>(high + (group << 2)), 0);
    if (symmetric) {
      to = max(-from, to);
      from = -to;
    }
    const width = <f64>(<f32>(to - from));
    const scale = width / (highest - lowest);
    let stored: f32 = 1;
    let zeroPoint: i32 = 0;
    if (scale >= 1.1754943508222875e-38) {
      zeroPoint = symmetric ? middle : <i32>nearest(lowest - from / scale);
      stored = <f32>scale;
      if (half) stored = throughHalfScalar(max<f32>(stored, 5.960464477539063e-8));
    }
    store<f32>(scales + (group << 2), stored);
    store<i32>(zeroPoints + (group << 2), zeroPoint);
  }
}
