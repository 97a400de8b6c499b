import { inlineElements } from '../constants';
import type { Dim } from '../dim';
import { add, maximum, minimum, multiply, product } from '../dim';
import { readSlice } from '../shapes/indexing';
import { shapeRange } from '../shapes/generators';
import { reducedAxes } from '../shapes/reduction';
import { resolveAxis } from '../shapes/rule';
import type { ElementRule, ElementRules } from './rule';
import { broadcastReader, eachCoordinate, knownInput, stridesOf } from './rule';

const unchanged: ElementRule = (call) => call.elements(0);

const shapeOf: ElementRule = (call) => {
  const x = call.shape(0);
  return x && shapeRange(x.length, call.int('start', 0), call.int('end', x.length)).map((axis) => x[axis]!);
};

const sizeOf: ElementRule = (call) => {
  const x = call.shape(0);
  return x && [product(x)];
};

const gather: ElementRule = (call) => {
  const data = knownInput(call, 0);
  const indices = knownInput(call, 1);
  const wanted = indices && call.numbers(1);
  if (data === null || wanted === null) return null;
  const axis = resolveAxis(call, call.int('axis', 0), data.shape.length);
  if (axis === null) return null;
  const extent = data.shape[axis]!;
  const inner = product(data.shape.slice(axis + 1)) as number;
  const outer = product(data.shape.slice(0, axis)) as number;
  const result: Dim[] = [];
  for (let block = 0; block < outer; block += 1) {
    for (const index of wanted) {
      const at = index < 0 ? index + extent : index;
      if (at < 0 || at >= extent) return call.fail(`index ${String(index)} is outside its data`);
      const from = (block * extent + at) * inner;
      result.push(...data.elements.slice(from, from + inner));
    }
  }
  return result;
};

const concat: ElementRule = (call) => {
  const parts = call.inputs.map((_, input) => knownInput(call, input));
  const rank = parts[0]?.shape.length ?? 0;
  const axis = resolveAxis(call, call.int('axis', 1), rank);
  if (axis === null) return null;
  const outer = (product(parts[0]?.shape.slice(0, axis) ?? [])) as number;
  const result: Dim[] = [];
  for (let block = 0; block < outer; block += 1) {
    for (const part of parts) {
      if (part === null) return null;
      const run = product(part.shape.slice(axis)) as number;
      result.push(...part.elements.slice(block * run, (block + 1) * run));
    }
  }
  return result;
};

const slice: ElementRule = (call, shape) => {
  const data = knownInput(call, 0);
  const ranges = data && readSlice(call, data.shape);
  if (data === null || ranges === null) return null;
  const strides = stridesOf(data.shape);
  const starts = data.shape.map(() => 0);
  const steps = data.shape.map(() => 1);
  for (const { axis, start, step } of ranges) {
    if (typeof start !== 'number') return null;
    starts[axis] = start;
    steps[axis] = step;
  }
  const result: Dim[] = [];
  eachCoordinate(shape, (coordinate) => {
    const at = coordinate.reduce((sum, index, axis) => sum + (starts[axis]! + index * steps[axis]!) * strides[axis]!, 0);
    result.push(data.elements[at] ?? 0);
  });
  return result;
};

const transpose: ElementRule = (call, shape) => {
  const data = knownInput(call, 0);
  if (data === null) return null;
  const perm = call.ints('perm') ?? data.shape.map((_, axis) => data.shape.length - 1 - axis);
  const strides = stridesOf(data.shape);
  const result: Dim[] = [];
  eachCoordinate(shape, (coordinate) => {
    result.push(data.elements[coordinate.reduce((sum, index, axis) => sum + index * strides[perm[axis]!]!, 0)]!);
  });
  return result;
};

const expand: ElementRule = (call, shape) => {
  const data = knownInput(call, 0);
  if (data === null) return null;
  const read = broadcastReader(data.elements, data.shape);
  const result: Dim[] = [];
  eachCoordinate(shape, (coordinate) => result.push(read(coordinate)));
  return result;
};

const tile: ElementRule = (call, shape) => {
  const data = knownInput(call, 0);
  if (data === null) return null;
  const strides = stridesOf(data.shape);
  const result: Dim[] = [];
  eachCoordinate(shape, (coordinate) => {
    result.push(data.elements[coordinate.reduce((sum, index, axis) => sum + (index % data.shape[axis]!) * strides[axis]!, 0)]!);
  });
  return result;
};

/** ConstantOfShape: one value everywhere, 0 when none is given. */
const filled: ElementRule = (call, shape) => {
  const attribute = call.attribute('value');
  const value = attribute?.kind === 'tensor' ? inlineElements(attribute.value)?.[0] : 0;
  return value === undefined ? null : new Array<Dim>(product(shape) as number).fill(value);
};

const range: ElementRule = (call, shape) => {
  const [start, step] = [call.elements(0)?.[0], call.elements(2)?.[0]];
  if (start === undefined || step === undefined) return null;
  return Array.from({ length: shape[0] ?? 0 }, (_, index) => add(start, multiply(step, index)));
};

/** Folds the elements along the reduced axes. */
function reduce(initial: number, fold: (a: Dim, b: Dim) => Dim | null): ElementRule {
  return (call) => {
    const data = knownInput(call, 0);
    const axes = data && reducedAxes(call, data.shape.length);
    if (data === null || axes === null) return null;
    const kept = data.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const strides = stridesOf(kept);
    const totals: (Dim | null)[] = new Array<Dim>(product(kept) as number).fill(initial);
    let position = 0;
    eachCoordinate(data.shape, (coordinate) => {
      const at = coordinate.reduce((sum, index, axis) => sum + (kept[axis] === 1 ? 0 : index * strides[axis]!), 0);
      const total = totals[at] ?? null;
      totals[at] = total === null ? null : fold(total, data.elements[position]!);
      position += 1;
    });
    // Nothing is the largest of no elements.
    const known = totals.filter((total): total is Dim => total !== null && (typeof total !== 'number' || Number.isFinite(total)));
    return known.length === totals.length ? known : null;
  };
}

/** Shapes are taken apart along their only axis. */
const split: ElementRule = (call, shape, output) => {
  const data = knownInput(call, 0);
  if (data?.shape.length !== 1) return null;
  const sizes = call.ints('split') ?? (call.has(1) ? call.numbers(1) : undefined);
  if (sizes === null) return null;
  const equalPart = Math.ceil(data.shape[0]! / call.int('num_outputs', call.outputCount));
  const start = sizes === undefined ? output * equalPart : sizes.slice(0, output).reduce((sum, size) => sum + size, 0);
  return data.elements.slice(start, start + (shape[0] ?? 0));
};

export const movementElements: ElementRules = {
  Identity: unchanged,
  Reshape: unchanged,
  Flatten: unchanged,
  Squeeze: unchanged,
  Unsqueeze: unchanged,
  Shape: shapeOf,
  Size: sizeOf,
  Gather: gather,
  Concat: concat,
  Slice: slice,
  Split: split,
  Transpose: transpose,
  Expand: expand,
  Tile: tile,
  ConstantOfShape: filled,
  Range: range,
  ReduceSum: reduce(0, add),
  ReduceProd: reduce(1, multiply),
  ReduceMax: reduce(-Infinity, maximum),
  ReduceMin: reduce(Infinity, minimum),
};
