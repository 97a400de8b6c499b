import type { Call } from '../call';
import type { Dim } from '../dim';
import { add, divideExactly, equalDims, floorDivide, isUnknown, multiply, product, UNKNOWN_DIM } from '../dim';
import type { Dims } from '../value';
import type { ShapeRule, ShapeRules } from './rule';
import { axesOf, broadcast, resolveAxes, resolveAxis, unify, withAxis } from './rule';

/** The target as an input (or, before operator set 5, an attribute): 0 copies an axis, −1 takes what is left. */
const reshape: ShapeRule = (call) => {
  const target = call.ints('shape') ?? call.elements(1);
  if (target === null) return unknownTarget(call, 1);
  const x = call.shape(0);
  const copyZero = call.int('allowzero', 0) === 0;
  const dims: Dim[] = [];
  for (const [axis, wanted] of target.entries()) {
    if (wanted !== 0 || !copyZero) dims.push(wanted);
    else if (x === null) return null;
    else if (x[axis] === undefined) return call.fail(`its target copies axis ${String(axis)}, which the input does not have`);
    else dims.push(x[axis]);
  }
  const open = dims.indexOf(-1);
  if (open < 0) return [dims];
  const rest = dims.filter((_, axis) => axis !== open);
  return [withAxis(dims, open, x === null ? UNKNOWN_DIM : remaining(x, rest))];
};

/** What −1 stands for: all elements of `x` over the other extents. Common symbols cancel. */
function remaining(x: Dims, rest: Dims): Dim {
  // An extent that stands on both sides cancels, even where its value cannot be written down as a factor.
  const left = [...x];
  const right: Dim[] = [];
  for (const dim of rest) {
    const at = left.findIndex((other) => equalDims(dim, other));
    if (at >= 0 && dim !== 0) left.splice(at, 1);
    else right.push(dim);
  }
  const total = product(left);
  const divisor = product(right);
  if (isUnknown(total) || isUnknown(divisor) || divisor === 0) return divisor === 0 && total === 0 ? 0 : UNKNOWN_DIM;
  const exact = divideExactly(total, divisor);
  return exact !== null && (typeof exact !== 'number' || Number.isInteger(exact)) ? exact : floorDivide(total, divisor);
}

/** When the target's elements are unknown its length still tells the rank. */
function unknownTarget(call: Call, input: number): readonly (Dims | null)[] | null {
  const rank = call.value(input)?.shape?.[0];
  return typeof rank === 'number' && rank <= 64 ? [new Array<Dim>(rank).fill(UNKNOWN_DIM)] : null;
}

const transpose: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const perm = call.ints('perm');
  if (perm === null) return [[...x].reverse()];
  const axes = perm.length === x.length ? resolveAxes(call, perm, x.length) : call.fail('its permutation does not have one entry for each axis');
  return axes && [axes.map((axis) => x[axis]!)];
};

const flatten: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const given = call.int('axis', 1);
  const axis = given < 0 ? given + x.length : given;
  return axis >= 0 && axis <= x.length ? [[product(x.slice(0, axis)), product(x.slice(axis))]] : call.fail(`axis ${String(given)} does not exist`);
};

const squeeze: ShapeRule = (call) => {
  const x = call.shape(0);
  const given = axesOf(call, 1);
  if (x === null || given === null) return null;
  if (given === undefined) return x.every((dim) => typeof dim === 'number') ? [x.filter((dim) => dim !== 1)] : call.fail('which axes it removes depends on an unknown dimension');
  const axes = resolveAxes(call, given, x.length);
  return axes && [x.filter((_, axis) => !axes.includes(axis))];
};

const unsqueeze: ShapeRule = (call) => {
  const x = call.shape(0);
  const given = axesOf(call, 1);
  if (x === null || given === null) return null;
  const axes = resolveAxes(call, given ?? [], x.length + (given?.length ?? 0));
  if (axes === null) return null;
  const rest = x[Symbol.iterator]();
  return [Array.from({ length: x.length + axes.length }, (_, axis): Dim => (axes.includes(axis) ? 1 : (rest.next().value ?? 1)))];
};

const concat: ShapeRule = (call) => {
  const shapes: Dims[] = [];
  for (let input = 0; input < call.inputs.length; input += 1) {
    const shape = call.shape(input);
    if (shape === null) return null;
    shapes.push(shape);
  }
  const first = shapes[0];
  if (first === undefined) return call.fail('it has no inputs');
  if (shapes.some((shape) => shape.length !== first.length)) return call.fail('its inputs have different ranks');
  const axis = resolveAxis(call, call.int('axis', 1), first.length);
  if (axis === null) return null;
  const joined = shapes.reduce<Dim>((total, shape) => add(total, shape[axis]!), 0);
  return [first.map((_, at) => (at === axis ? joined : shapes.map((shape) => shape[at]!).reduce(unify)))];
};

/** Sizes come as an attribute, an input or as equal parts (`num_outputs`: the last one may be smaller). */
const split: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const axis = resolveAxis(call, call.int('axis', 0), x.length);
  if (axis === null) return null;
  const given = call.ints('split') ?? (call.has(1) ? call.elements(1) : undefined);
  if (given === null) return Array.from({ length: call.outputCount }, () => withAxis(x, axis, UNKNOWN_DIM));
  if (given !== undefined) return given.map((part) => withAxis(x, axis, part));
  const parts = call.int('num_outputs', call.outputCount);
  const extent = x[axis]!;
  const size = typeof extent === 'number' ? Math.ceil(extent / parts) : (divideExactly(extent, parts) ?? UNKNOWN_DIM);
  return Array.from({ length: Math.min(parts, call.outputCount) }, (_, part) =>
    withAxis(x, axis, typeof extent === 'number' && typeof size === 'number' ? Math.max(0, Math.min(size, extent - part * size)) : size),
  );
};

const expand: ShapeRule = (call) => {
  const x = call.shape(0);
  const target = call.elements(1);
  if (target === null) {
    const rank = call.value(1)?.shape?.[0];
    return x !== null && typeof rank === 'number' && rank <= 64 ? [new Array<Dim>(Math.max(rank, x.length)).fill(UNKNOWN_DIM)] : null;
  }
  const shape = x && broadcast(call, [x, target]);
  return shape && [shape];
};

const tile: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const repeats = call.elements(1);
  if (repeats === null) return [x.map(() => UNKNOWN_DIM)];
  return repeats.length === x.length ? [x.map((extent, axis) => multiply(extent, repeats[axis]!))] : call.fail('its repeats do not have one entry for each axis');
};

/** Pads as an attribute (before operator set 11) or input, for all axes or those of input 3. */
const pad: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const pads = call.ints('pads') ?? call.ints('paddings') ?? call.elements(1);
  if (pads === null) return [x.map(() => UNKNOWN_DIM)];
  const given = call.has(3) ? call.numbers(3) : x.map((_, axis) => axis);
  const axes = given && resolveAxes(call, given, x.length);
  if (axes === null) return null;
  if (pads.length !== 2 * axes.length) return call.fail('its pads do not have two entries for each axis');
  return [x.map((extent, axis) => {
    const at = axes.indexOf(axis);
    return at < 0 ? extent : add(add(extent, pads[at]!), pads[at + axes.length]!);
  })];
};

/** [N, C, H, W] → [N, C/b², H×b, W×b]. */
const depthToSpace: ShapeRule = (call) => {
  const x = call.shape(0);
  const block = call.int('blocksize', 1);
  if (x === null) return null;
  if (x.length !== 4) return call.fail('its input does not have four dimensions');
  return [[x[0]!, floorDivide(x[1]!, block * block), multiply(x[2]!, block), multiply(x[3]!, block)]];
};

/** [N, C, H, W] → [N, C×b², H/b, W/b]. */
const spaceToDepth: ShapeRule = (call) => {
  const x = call.shape(0);
  const block = call.int('blocksize', 1);
  if (x === null) return null;
  if (x.length !== 4) return call.fail('its input does not have four dimensions');
  return [[x[0]!, multiply(x[1]!, block * block), floorDivide(x[2]!, block), floorDivide(x[3]!, block)]];
};

/** QLinearConcat: the output's scale and zero point, then tensor, scale and zero point for each part. */
const quantizedConcat: ShapeRule = (call) => {
  const shapes: Dims[] = [];
  for (let input = 2; input < call.inputs.length; input += 3) {
    const shape = call.shape(input);
    if (shape === null) return null;
    shapes.push(shape);
  }
  const first = shapes[0];
  const axis = first && resolveAxis(call, call.int('axis', 1), first.length);
  if (first === undefined || axis === null || axis === undefined) return null;
  return [withAxis(first, axis, shapes.reduce<Dim>((total, shape) => add(total, shape[axis] ?? UNKNOWN_DIM), 0))];
};

/** Columns [N, C × block, blocks] put back into an image: [N, C, image…]. */
const columnsToImage: ShapeRule = (call) => {
  const x = call.shape(0);
  const image = call.elements(1);
  const block = call.elements(2);
  return x && image && block && [[x[0] ?? 1, floorDivide(x[1] ?? 1, product(block)), ...image]];
};

export const layoutShapes: ShapeRules = {
  Reshape: reshape,
  Transpose: transpose,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Concat: concat,
  QLinearConcat: quantizedConcat,
  Split: split,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Col2Im: columnsToImage,
};
