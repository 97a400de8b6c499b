import type { Call } from '../call';
import type { Dim } from '../dim';
import { add, ceilDivide, minimum, product, subtract, UNKNOWN_DIM } from '../dim';
import type { Dims } from '../value';
import type { ShapeRule, ShapeRules } from './rule';
import { resolveAxes, resolveAxis, withAxis } from './rule';

const gather: ShapeRule = (call) => {
  const data = call.shape(0);
  const indices = call.shape(1);
  if (data === null || indices === null) return null;
  const axis = resolveAxis(call, call.int('axis', 0), data.length);
  return axis === null ? null : [[...data.slice(0, axis), ...indices, ...data.slice(axis + 1)]];
};

const likeIndices: ShapeRule = (call) => {
  const indices = call.shape(1);
  return indices && [indices];
};

/** Indices [.., k] pick slices of data from axis batch_dims on. */
const gatherND: ShapeRule = (call) => {
  const data = call.shape(0);
  const indices = call.shape(1);
  if (data === null || indices === null) return null;
  const depth = indices.at(-1);
  const skipped = call.int('batch_dims', 0);
  if (typeof depth !== 'number') return call.fail('the length of its index tuples is unknown');
  return [[...indices.slice(0, -1), ...data.slice(skipped + depth)]];
};

/**
 * Bounds of one sliced axis. Numbers are clamped to the extent as the standard says; a bound that is
 * a symbol is taken to fit (`x[:, :seq]` of 512 positions has seq of them), an extent that is one to be at least 1.
 */
export interface SliceRange {
  readonly axis: number;
  readonly start: Dim;
  readonly end: Dim;
  readonly step: number;
}

/** Values from here on mean "to the end": exporters write a billion or the largest int32 or int64. */
const OPEN_END = 1e9;

/** The bounds of a Slice, from attributes or inputs; null (and remembered) when they are not known. */
export function readSlice(call: Call, shape: Dims): readonly SliceRange[] | null {
  const starts = call.ints('starts') ?? call.elements(1);
  const ends = call.ints('ends') ?? call.elements(2);
  if (starts === null || ends === null) return null;
  const given = call.ints('axes') ?? (call.has(3) ? call.numbers(3) : starts.map((_, index) => index));
  const axes = given && resolveAxes(call, given, shape.length);
  const steps = call.has(4) ? call.numbers(4) : starts.map(() => 1);
  if (axes === null || steps === null) return null;
  if (ends.length !== starts.length || axes.length !== starts.length || steps.length !== starts.length) return call.fail('its starts, ends, axes and steps differ in length');
  if (steps.includes(0)) return call.fail('a step is 0');
  return axes.map((axis, index) => ({
    axis,
    start: clampBound(starts[index]!, shape[axis]!, steps[index]!),
    end: clampBound(ends[index]!, shape[axis]!, steps[index]!),
    step: steps[index]!,
  }));
}

function clampBound(bound: Dim, extent: Dim, step: number): Dim {
  const low = step < 0 ? -1 : 0;
  const high = step < 0 ? subtract(extent, 1) : extent;
  if (typeof bound === 'number') {
    if (bound >= OPEN_END) return high;
    if (bound <= -OPEN_END) return low;
    if (typeof extent !== 'number') return bound < 0 ? add(extent, bound) : bound <= 1 ? bound : minimum(bound, extent);
    const fromFront = bound < 0 ? bound + extent : bound;
    return Math.min(Math.max(fromFront, low), typeof high === 'number' ? high : fromFront);
  }
  return bound;
}

/** How many positions a range covers. */
export function rangeLength({ start, end, step }: SliceRange): Dim {
  const span = step > 0 ? subtract(end, start) : subtract(start, end);
  const length = ceilDivide(span, Math.abs(step));
  return typeof length === 'number' ? Math.max(0, length) : length;
}

const slice: ShapeRule = (call) => {
  const data = call.shape(0);
  if (data === null) return null;
  const ranges = readSlice(call, data);
  if (ranges === null) {
    // The rank stays; only the sliced axes become unknown.
    const axes = call.ints('axes') ?? call.value(3)?.elements ?? null;
    return [data.map((extent, axis) => (axes === null || axes.includes(axis) || axes.includes(axis - data.length) ? UNKNOWN_DIM : extent))];
  }
  return [ranges.reduce<Dims>((shape, range) => withAxis(shape, range.axis, rangeLength(range)), data)];
};

/** Values and indices keep all axes but one, which becomes k. */
const topK: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const axis = resolveAxis(call, call.int('axis', -1), x.length);
  if (axis === null) return null;
  const k = call.int('k', -1);
  const count = k >= 0 ? k : (call.elements(1)?.[0] ?? UNKNOWN_DIM);
  const shape = withAxis(x, axis, count);
  return [shape, shape];
};

const oneHot: ShapeRule = (call) => {
  const indices = call.shape(0);
  if (indices === null) return null;
  const depth = call.elements(1)?.[0] ?? UNKNOWN_DIM;
  const axis = call.int('axis', -1);
  const at = resolveAxis(call, axis, indices.length + 1);
  return at === null ? null : [[...indices.slice(0, at), depth, ...indices.slice(at)]];
};

/** The elements of an input when they are all known numbers. */
function knownNumbers(call: Call, input: number): readonly number[] | null {
  const elements = call.value(input)?.elements ?? null;
  const numbers = elements?.filter((element) => typeof element === 'number');
  return numbers !== undefined && numbers.length === elements?.length ? numbers : null;
}

const nonZero: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const known = knownNumbers(call, 0);
  if (known !== null) return [[Math.max(x.length, 1), known.filter((element) => element !== 0).length]];
  call.fail('how many elements are non-zero depends on the data');
  return [[Math.max(x.length, 1), UNKNOWN_DIM]];
};

const nonMaxSuppression: ShapeRule = (call) => {
  call.fail('how many boxes are selected depends on the data');
  return [[UNKNOWN_DIM, 3]];
};

const unique: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const axis = call.attribute('axis') === undefined ? null : resolveAxis(call, call.int('axis', 0), x.length);
  const known = axis === null ? knownNumbers(call, 0) : null;
  const count = known === null ? UNKNOWN_DIM : new Set(known).size;
  if (known === null) call.fail('how many values are unique depends on the data');
  // The places where each value first stands and its count have the values' length; the inverse has the input's.
  const values = [count];
  return [axis === null ? values : withAxis(x, axis, count), values, [axis === null ? product(x) : x[axis]!], values];
};

const compress: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const axis = call.attribute('axis') === undefined ? null : resolveAxis(call, call.int('axis', 0), x.length);
  const extent = axis === null ? product(x) : x[axis]!;
  const condition = typeof extent === 'number' ? knownNumbers(call, 1) : null;
  const count = condition === null ? UNKNOWN_DIM : condition.filter((keep, index) => keep !== 0 && index < Number(extent)).length;
  if (condition === null) call.fail('how many entries are kept depends on the data');
  return [axis === null ? [count] : withAxis(x, axis, count)];
};

export const indexingShapes: ShapeRules = {
  Gather: gather,
  GatherElements: likeIndices,
  GatherND: gatherND,
  Slice: slice,
  TopK: topK,
  OneHot: oneHot,
  NonZero: nonZero,
  NonMaxSuppression: nonMaxSuppression,
  Unique: unique,
  Compress: compress,
};
