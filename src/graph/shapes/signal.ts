import type { Dim } from '../dim';
import { add, floorDivide, multiply, subtract, UNKNOWN_DIM } from '../dim';
import type { ShapeRule, ShapeRules } from './rule';
import { resolveAxis } from './rule';

/** X [batch, signal…, 1 or 2] → real and imaginary parts along `axis`, only half of them when one-sided. */
const fourier: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const given = call.has(2) ? call.numbers(2)?.[0] : call.int('axis', call.opset >= 20 ? -2 : 1);
  if (given === undefined) return null;
  const axis = resolveAxis(call, given, x.length);
  if (axis === null) return null;
  const oneSided = call.int('onesided', 0) !== 0;
  const inverse = call.int('inverse', 0) !== 0;
  // Half of the bins stand for twice as many values when they are transformed back.
  const own = oneSided && inverse ? multiply(subtract(x[axis]!, 1), 2) : x[axis]!;
  const length = call.has(1) ? (call.elements(1)?.[0] ?? UNKNOWN_DIM) : own;
  const bins: Dim = oneSided && !inverse ? add(floorDivide(length, 2), 1) : length;
  return [x.map((extent, at) => (at === axis ? bins : at === x.length - 1 ? (oneSided && inverse ? 1 : 2) : extent))];
};

/** signal [batch, length, 1], frame step, window or frame length → [batch, frames, bins, 2]. */
const shortTimeFourier: ShapeRule = (call) => {
  const signal = call.shape(0);
  if (signal === null) return null;
  const step = call.elements(1)?.[0];
  const frame = call.has(3) ? call.elements(3)?.[0] : call.shape(2)?.[0];
  const [batch, length] = signal;
  if (step === undefined || frame === undefined || batch === undefined || length === undefined) return null;
  const bins = call.int('onesided', 1) === 0 ? frame : add(floorDivide(frame, 2), 1);
  return [[batch, add(floorDivide(subtract(length, frame), step), 1), bins, 2]];
};

/** Filter bank: [half of the DFT length + 1, number of mel bins]. */
const melWeights: ShapeRule = (call) => {
  const bins = call.elements(0)?.[0];
  const length = call.elements(1)?.[0];
  return bins === undefined || length === undefined ? null : [[add(floorDivide(length, 2), 1), bins]];
};

export const signalShapes: ShapeRules = { DFT: fourier, STFT: shortTimeFourier, MelWeightMatrix: melWeights };
