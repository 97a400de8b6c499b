import type { Dim } from '../dim';
import { ceilDivide, subtract, UNKNOWN_DIM } from '../dim';
import type { ShapeRule, ShapeRules } from './rule';
import { scalar } from './rule';

const shapeOf: ShapeRule = (call) => {
  const x = call.value(0);
  if (x === null) return null;
  if (x.shape === null) {
    call.shape(0);
    return [[UNKNOWN_DIM]];
  }
  return [[shapeRange(x.shape.length, call.int('start', 0), call.int('end', x.shape.length)).length]];
};

/** The axes that Shape's `start` and `end` select. */
export function shapeRange(rank: number, start: number, end: number): readonly number[] {
  const clamp = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + rank : bound, 0), rank);
  return Array.from({ length: Math.max(0, clamp(end) - clamp(start)) }, (_, index) => clamp(start) + index);
}

/** ConstantOfShape: the input's elements are the output's shape. */
const filled: ShapeRule = (call) => {
  const target = call.ints('shape') ?? call.elements(0);
  if (target !== null) return [target];
  const rank = call.value(0)?.shape?.[0];
  return typeof rank === 'number' && rank <= 64 ? [new Array<Dim>(rank).fill(UNKNOWN_DIM)] : null;
};

/** max(0, ceil((limit − start) / delta)) values. */
const range: ShapeRule = (call) => {
  const [start, limit, delta] = [call.elements(0)?.[0], call.elements(1)?.[0], call.elements(2)?.[0]];
  if (start === undefined || limit === undefined || delta === undefined) return [[UNKNOWN_DIM]];
  const count = typeof delta === 'number' && delta < 0 ? ceilDivide(subtract(start, limit), -delta) : ceilDivide(subtract(limit, start), delta);
  return [[typeof count === 'number' ? Math.max(0, count) : count]];
};

const random: ShapeRule = (call) => {
  const shape = call.ints('shape');
  return shape && [shape];
};

const multinomial: ShapeRule = (call) => {
  const x = call.shape(0);
  return x && [[x[0] ?? 1, call.int('sample_size', 1)]];
};

/** A window of `size` values (HannWindow and its relatives). */
const signalWindow: ShapeRule = (call) => {
  const length = call.elements(0)?.[0];
  return [[length ?? UNKNOWN_DIM]];
};

/** A Constant whose value the file does not hold (it refers to an attribute that a call left out). */
const unresolvedConstant: ShapeRule = (call) => call.fail('its value is not in the file');

export const generatorShapes: ShapeRules = {
  Shape: shapeOf,
  Size: scalar,
  SequenceLength: scalar,
  OptionalHasElement: scalar,
  ConstantOfShape: filled,
  ConstantFill: filled,
  Range: range,
  RandomNormal: random,
  RandomUniform: random,
  Multinomial: multinomial,
  HannWindow: signalWindow,
  HammingWindow: signalWindow,
  BlackmanWindow: signalWindow,
  Constant: unresolvedConstant,
};
