import type { Call } from '../call';
import { UNKNOWN_DIM } from '../dim';
import type { Dims } from '../value';
import type { ShapeRule, ShapeRules } from './rule';
import { axesOf, resolveAxes } from './rule';

/** The input without (or, with `keepdims`, with 1 at) some axes. */
export function reducedShape(call: Call, shape: Dims, axes: readonly number[]): Dims {
  return call.int('keepdims', 1) === 0 ? shape.filter((_, axis) => !axes.includes(axis)) : shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
}

/** The axes that a reduction removes: all when none are named, unless `noop_with_empty_axes`. */
export function reducedAxes(call: Call, rank: number): readonly number[] | null {
  const given = axesOf(call, 1);
  if (given === null) return null;
  if (given !== undefined && given.length > 0) return resolveAxes(call, given, rank);
  return call.int('noop_with_empty_axes', 0) !== 0 ? [] : Array.from({ length: rank }, (_, axis) => axis);
}

const reduce: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const axes = reducedAxes(call, x.length);
  if (axes !== null) return [reducedShape(call, x, axes)];
  return call.int('keepdims', 1) === 0 ? null : [x.map(() => UNKNOWN_DIM)];
};

const argument: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const axes = resolveAxes(call, [call.int('axis', 0)], x.length);
  return axes && [reducedShape(call, x, axes)];
};

/** Scores [N, C, …] and labels [N, …] → one loss, or one for each label; the second output is the log-probabilities. */
const loss: ShapeRule = (call) => {
  const scores = call.shape(0);
  const labels = call.shape(1);
  return scores && labels && [call.text('reduction', 'mean') === 'none' ? labels : [], scores];
};

const NAMES = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'] as const;

export const reductionShapes: ShapeRules = {
  ...Object.fromEntries(NAMES.map((name) => [`Reduce${name}`, reduce])),
  ReduceSumInteger: reduce,
  ArgMax: argument,
  ArgMin: argument,
  NegativeLogLikelihoodLoss: loss,
  SoftmaxCrossEntropyLoss: loss,
};
