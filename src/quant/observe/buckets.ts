/**
 * Counts of float32 values by their leading bits: sign, exponent and the first `FRACTION_BITS` of the fraction. The number
 * of counters does not depend on how many values come, and no range has to be known before the first one: one pass over the
 * samples serves every range method. A bucket is at most 1/512 of its values wide.
 */

const FRACTION_BITS = 9;
/** Bits of a float32 that a bucket does not tell apart. */
const DROPPED_BITS = 23 - FRACTION_BITS;
/** Buckets of one sign and exponent. */
const PAGE = 2 ** FRACTION_BITS;
const PAGES = 512;
const SIGN = 2 ** (31 - DROPPED_BITS);
/** The exponent of infinities and NaN. */
const NON_FINITE_PAGE = 255;

/** Buckets that hold values, in ascending order of the values. Finite values only. */
export interface Buckets {
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly counts: Float64Array;
}

/** Counts one tensor's values over any number of samples. */
export class BucketCounter {
  readonly #pages = new Map<number, Float64Array>();

  /** Counts all values. The array must lie at a multiple of four bytes, as every Float32Array does. */
  add(values: Float32Array): void {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let index = 0; index < bits.length; index += 1) {
      const key = bits[index]! >>> DROPPED_BITS;
      scratch[key]! += 1;
      touched[key >>> FRACTION_BITS] = 1;
    }
    for (let page = 0; page < PAGES; page += 1) {
      if (touched[page] === 0) continue;
      touched[page] = 0;
      this.#fold(page);
    }
  }

  buckets(): Buckets {
    const keys: number[] = [];
    const counts: number[] = [];
    for (const [page, counters] of this.#pages) {
      if (page % (PAGES / 2) === NON_FINITE_PAGE) continue;
      counters.forEach((count, index) => {
        if (count === 0) return;
        keys.push(page * PAGE + index);
        counts.push(count);
      });
    }
    const order = keys.map((_, index) => index).sort((a, b) => positionOf(keys[a]!) - positionOf(keys[b]!));
    const edges = order.map((index) => edgesOf(keys[index]!));
    return { low: Float32Array.from(edges, ([low]) => low), high: Float32Array.from(edges, ([, high]) => high), counts: Float64Array.from(order, (index) => counts[index]!) };
  }

  #fold(page: number): void {
    const known = this.#pages.get(page) ?? new Float64Array(PAGE);
    this.#pages.set(page, known);
    for (let index = 0; index < PAGE; index += 1) {
      known[index]! += scratch[page * PAGE + index]!;
      scratch[page * PAGE + index] = 0;
    }
  }
}

/** Shared by all counters, and zero between two calls: a tensor's values touch few of these pages. */
const scratch = new Uint32Array(PAGES * PAGE);
const touched = new Uint8Array(PAGES);

/** Grows with the value: negative numbers have their bits in falling order. */
function positionOf(key: number): number {
  return key < SIGN ? key : SIGN - 1 - key;
}

const word = new DataView(new ArrayBuffer(4));

/** Smallest and largest value of a bucket. */
function edgesOf(key: number): readonly [number, number] {
  const magnitude = key % SIGN;
  const inner = floatOf(magnitude * 2 ** DROPPED_BITS);
  const outer = floatOf((magnitude + 1) * 2 ** DROPPED_BITS - 1);
  return key < SIGN ? [inner, outer] : [-outer, -inner];
}

function floatOf(bits: number): number {
  word.setUint32(0, bits);
  return word.getFloat32(0);
}
