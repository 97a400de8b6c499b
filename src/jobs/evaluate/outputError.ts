import { isFloatingPoint } from '../../onnx/dtypes';
import type { TensorValue } from '../../runtime/tensorValue';
import type { OutputError } from '../records';
import { numberAt } from '../samples/convert';

/** Adds up over samples how far one output of the quantized model is from the float model's. */
export class OutputErrorSum {
  #signal = 0;
  #noise = 0;
  #maxError = 0;
  /** Elements of the float model's output that are numbers. */
  #numbers = 0;
  #samples = 0;
  #sameTop1 = 0;
  #ranked = 0;
  #reshaped = 0;
  #notNumbers = 0;

  constructor(
    readonly name: string,
    readonly source: OutputError['source'],
  ) {}

  /** Samples left out because the output's shape itself depends on the values and came out differently. */
  get reshaped(): number {
    return this.#reshaped;
  }

  /** Samples for which the float model's own output holds NaN: nothing can be said about those elements. */
  get notNumbers(): number {
    return this.#notNumbers;
  }

  add(expected: TensorValue, actual: TensorValue): void {
    if (expected.dims.join() !== actual.dims.join()) {
      this.#reshaped += 1;
      return;
    }
    this.#samples += 1;
    let holdsNaN = false;
    for (let index = 0; index < expected.data.length; index += 1) {
      const x = numberAt(expected, index);
      if (Number.isNaN(x)) holdsNaN = true;
      else this.#numbers += 1;
      const difference = distance(x, numberAt(actual, index));
      if (Number.isFinite(x)) this.#signal += x * x;
      this.#noise += difference * difference;
      if (difference > this.#maxError) this.#maxError = difference;
    }
    if (holdsNaN) this.#notNumbers += 1;
    // NaN has no place in an order, so there is no largest element that could be the same.
    const same = holdsNaN ? null : sameTop1(expected, actual);
    if (same !== null) {
      this.#sameTop1 += same;
      this.#ranked += 1;
    }
  }

  /** Null when no sample could be compared. */
  result(): OutputError | null {
    if (this.#samples === 0) return null;
    return {
      name: this.name,
      sqnrDb: this.#signal === 0 ? null : 10 * Math.log10(this.#signal / this.#noise),
      maxError: this.#numbers === 0 ? null : this.#maxError,
      samples: this.#samples,
      source: this.source,
      sameTop1: this.#ranked === 0 ? null : this.#sameTop1 / this.#ranked,
    };
  }
}

/** |a − b|, where two equal infinities or two NaN are no difference and any other non-finite pair is an infinite one. */
function distance(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const difference = Math.abs(a - b);
  return Number.isNaN(difference) ? Infinity : difference;
}

/** Share of vectors along the last axis whose largest element is at the same place; null where there is nothing to rank. */
function sameTop1(expected: TensorValue, actual: TensorValue): number | null {
  const width = expected.dims.at(-1) ?? 0;
  if (!isFloatingPoint(expected.dataType) || width < 2) return null;
  const vectors = expected.data.length / width;
  if (vectors === 0) return null;
  let same = 0;
  for (let vector = 0; vector < vectors; vector += 1) {
    if (largestOf(expected, vector * width, width) === largestOf(actual, vector * width, width)) same += 1;
  }
  return same / vectors;
}

/** Index, from `start`, of the first largest of `width` elements. */
export function largestOf(value: TensorValue, start: number, width: number): number {
  let best = 0;
  let highest = -Infinity;
  for (let index = 0; index < width; index += 1) {
    const element = numberAt(value, start + index);
    if (element > highest) {
      highest = element;
      best = index;
    }
  }
  return best;
}
