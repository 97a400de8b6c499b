import type { Call } from '../call';
import type { Dim } from '../dim';
import { add, maximum, minimum, multiply, product } from '../dim';
import { resolveAxis } from '../shapes/rule';
import type { ElementRule, ElementRules } from './rule';
import { allKnown, eachCoordinate, knownInput, stridesOf } from './rule';

type Known = NonNullable<ReturnType<typeof knownInput>>;

interface Numbers {
  readonly elements: readonly number[];
  readonly shape: readonly number[];
}

/** Known input elements that are all numbers. */
function numbersOf(call: Call, input: number): Numbers | null {
  const known = knownInput(call, input);
  const numbers = known && call.numbers(input);
  return known && numbers && { elements: numbers, shape: known.shape };
}

/** The place of an index that may count from the end; null (and remembered) when it is outside. */
function placeOf(call: Call, index: number, extent: number): number | null {
  const at = index < 0 ? index + extent : index;
  return at >= 0 && at < extent ? at : call.fail(`index ${String(index)} is outside its data`);
}

/** For every index the place in the data: its own coordinate, with the index along the axis. Null when one is outside. */
function placesAlong(call: Call, data: readonly number[], indices: Numbers, axis: number): readonly number[] | null {
  const strides = stridesOf(data);
  const places: (number | null)[] = [];
  eachCoordinate(indices.shape, (coordinate) => {
    const at = placeOf(call, indices.elements[places.length]!, data[axis]!);
    places.push(at === null ? null : coordinate.reduce((sum, index, along) => sum + (along === axis ? at : index) * strides[along]!, 0));
  });
  return allKnown(places);
}

const gatherElements: ElementRule = (call) => {
  const data = knownInput(call, 0);
  const indices = data && numbersOf(call, 1);
  const axis = data && resolveAxis(call, call.int('axis', 0), data.shape.length);
  if (data === null || indices === null || axis === null || indices.shape.length !== data.shape.length) return null;
  const places = placesAlong(call, data.shape, indices, axis);
  return places && places.map((place) => data.elements[place] ?? 0);
};

/** Where the slices lie that tuples of indices [.., k] choose from the axes after `skipped`; null when one is outside. */
function chosenSlices(call: Call, data: readonly number[], indices: Numbers, skipped: number): readonly number[] | null {
  const depth = indices.shape.at(-1) ?? 0;
  if (skipped + depth > data.length) return call.fail('its index tuples are longer than its data has axes');
  const strides = stridesOf(data);
  const batch = product(data.slice(0, skipped)) as number;
  const tuples = depth === 0 ? (product(indices.shape.slice(0, -1)) as number) : indices.elements.length / depth;
  const perBatch = batch === 0 ? 0 : tuples / batch;
  const starts: number[] = [];
  for (let tuple = 0; tuple < tuples; tuple += 1) {
    let start = Math.floor(tuple / perBatch) * (skipped === 0 ? 0 : strides[skipped - 1]!);
    for (let level = 0; level < depth; level += 1) {
      const at = placeOf(call, indices.elements[tuple * depth + level]!, data[skipped + level]!);
      if (at === null) return null;
      start += at * strides[skipped + level]!;
    }
    starts.push(start);
  }
  return starts;
}

const gatherND: ElementRule = (call) => {
  const data = knownInput(call, 0);
  const indices = data && numbersOf(call, 1);
  const skipped = call.int('batch_dims', 0);
  if (data === null || indices === null || skipped < 0) return null;
  const starts = chosenSlices(call, data.shape, indices, skipped);
  const length = product(data.shape.slice(skipped + (indices.shape.at(-1) ?? 0))) as number;
  return starts && starts.flatMap((start) => data.elements.slice(start, start + length));
};

/** What a Scatter makes of the old and the new value. */
const REDUCTIONS: Readonly<Record<string, (old: Dim, update: Dim) => Dim>> = {
  none: (_, update) => update, add, mul: multiply, max: maximum, min: minimum,
};

const scatterND: ElementRule = (call) => {
  const [data, updates] = [knownInput(call, 0), knownInput(call, 2)];
  const indices = data && numbersOf(call, 1);
  const reduce = REDUCTIONS[call.text('reduction', 'none')];
  if (data === null || updates === null || indices === null || reduce === undefined) return null;
  const starts = chosenSlices(call, data.shape, indices, 0);
  if (starts === null) return null;
  const length = product(data.shape.slice(indices.shape.at(-1) ?? 0)) as number;
  const result = [...data.elements];
  for (const [tuple, start] of starts.entries()) {
    for (let at = 0; at < length; at += 1) result[start + at] = reduce(result[start + at]!, updates.elements[tuple * length + at] ?? 0);
  }
  return result;
};

const scatterElements: ElementRule = (call) => {
  const [data, updates] = [knownInput(call, 0), knownInput(call, 2)];
  const indices = data && numbersOf(call, 1);
  const axis = data && resolveAxis(call, call.int('axis', 0), data.shape.length);
  const reduce = REDUCTIONS[call.text('reduction', 'none')];
  if (data === null || updates === null || indices === null || axis === null || reduce === undefined || indices.shape.length !== data.shape.length) return null;
  const places = placesAlong(call, data.shape, indices, axis);
  if (places?.every((place) => place < data.elements.length) !== true) return null;
  const result = [...data.elements];
  for (const [position, place] of places.entries()) result[place] = reduce(result[place]!, updates.elements[position] ?? 0);
  return result;
};

/** Coordinates of the elements that are not 0: a row for each axis. */
const nonZero: ElementRule = (call, shape) => {
  const data = numbersOf(call, 0);
  if (data === null) return null;
  const count = shape[1] ?? 0;
  const result = new Array<number>(shape[0]! * count).fill(0);
  let position = 0;
  let found = 0;
  eachCoordinate(data.shape, (coordinate) => {
    if (data.elements[position] !== 0) {
      for (const [axis, index] of coordinate.entries()) result[axis * count + found] = index;
      found += 1;
    }
    position += 1;
  });
  return result;
};

/** Slices along the axis (or elements, without one) whose condition is true. */
const compress: ElementRule = (call) => {
  const data = knownInput(call, 0);
  const condition = data && numbersOf(call, 1);
  if (data === null || condition === null) return null;
  const kept = condition.elements.flatMap((keep, index) => (keep === 0 ? [] : [index]));
  if (call.attribute('axis') === undefined) return kept.filter((index) => index < data.elements.length).map((index) => data.elements[index]!);
  const axis = resolveAxis(call, call.int('axis', 0), data.shape.length);
  return axis === null ? null : alongAxis(data, axis, kept.filter((index) => index < data.shape[axis]!));
};

/** The elements at some places of one axis. */
function alongAxis({ elements, shape }: Known, axis: number, places: readonly number[]): readonly Dim[] {
  const inner = product(shape.slice(axis + 1)) as number;
  const outer = product(shape.slice(0, axis)) as number;
  const result: Dim[] = [];
  for (let block = 0; block < outer; block += 1) {
    for (const place of places) {
      const from = (block * shape[axis]! + place) * inner;
      result.push(...elements.slice(from, from + inner));
    }
  }
  return result;
}

/** Running sums along an axis, from the end with `reverse`, without the own element with `exclusive`. */
const cumulativeSum: ElementRule = (call) => {
  const data = knownInput(call, 0);
  const given = data && call.numbers(1)?.[0];
  const axis = data && given !== null && given !== undefined ? resolveAxis(call, given, data.shape.length) : null;
  if (data === null || axis === null) return null;
  const stride = stridesOf(data.shape)[axis]!;
  const extent = data.shape[axis]!;
  const [reverse, exclusive] = [call.int('reverse', 0) !== 0, call.int('exclusive', 0) !== 0];
  const result = new Array<Dim>(data.elements.length).fill(0);
  for (let start = 0; start < data.elements.length; start += 1) {
    if (Math.floor(start / stride) % extent !== 0) continue;
    let sum: Dim = 0;
    for (let step = 0; step < extent; step += 1) {
      const at = start + (reverse ? extent - 1 - step : step) * stride;
      const next = add(sum, data.elements[at]!);
      result[at] = exclusive ? sum : next;
      sum = next;
    }
  }
  return result;
};

/** Where the largest (or smallest) element along an axis is: the first such place, or the last. */
function extremePlace(isBetter: (value: number, best: number) => boolean): ElementRule {
  return (call) => {
    const data = numbersOf(call, 0);
    const axis = data && resolveAxis(call, call.int('axis', 0), data.shape.length);
    if (data === null || axis === null) return null;
    const stride = stridesOf(data.shape)[axis]!;
    const extent = data.shape[axis]!;
    const takeLast = call.int('select_last_index', 0) !== 0;
    const result: number[] = [];
    for (let start = 0; start < data.elements.length; start += 1) {
      if (Math.floor(start / stride) % extent !== 0) continue;
      let best = 0;
      for (let step = 1; step < extent; step += 1) {
        const [value, current] = [data.elements[start + step * stride]!, data.elements[start + best * stride]!];
        if (isBetter(value, current) || (takeLast && value === current)) best = step;
      }
      result.push(best);
    }
    return result;
  };
}

export const indexingElements: ElementRules = {
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterND: scatterND,
  ScatterElements: scatterElements,
  Scatter: scatterElements,
  NonZero: nonZero,
  Compress: compress,
  CumSum: cumulativeSum,
  ArgMax: extremePlace((value, best) => value > best),
  ArgMin: extremePlace((value, best) => value < best),
};
