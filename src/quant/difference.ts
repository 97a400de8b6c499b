/** Sums over the differences between two lists of numbers. */
export interface DifferenceSums {
  /** Σx² of the first. */
  readonly signal: number;
  /** Σ(x−y)² */
  readonly noise: number;
  /** max |x − y| */
  readonly maxError: number;
  /** Numbers that differ at all. */
  readonly different: number;
}

export const NO_DIFFERENCE: DifferenceSums = { signal: 0, noise: 0, maxError: 0, different: 0 };

/**
 * Where the numbers of a matrix are in another tensor that holds the same ones in another order: row r, column c at
 * `r × rowStep + c × columnStep`. A transposed matrix has small row steps; packed operators fill rows up to whole blocks.
 */
export interface MatrixOrder {
  readonly columns: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

export function addDifferences(a: DifferenceSums, b: DifferenceSums): DifferenceSums {
  return { signal: a.signal + b.signal, noise: a.noise + b.noise, maxError: Math.max(a.maxError, b.maxError), different: a.different + b.different };
}

/**
 * Compares numbers with those at `placeOf` in another list. Equal infinities and two NaN are no difference; any other pair
 * that is not finite is an infinite one. Signals leave out what is not finite.
 */
export function differenceOf(values: Float32Array, others: Float32Array, placeOf: (index: number) => number): DifferenceSums {
  let signal = 0;
  let noise = 0;
  let maxError = 0;
  let different = 0;
  for (let index = 0; index < values.length; index += 1) {
    const x = values[index]!;
    const y = others[placeOf(index)]!;
    if (Number.isFinite(x)) signal += x * x;
    if (x === y || Object.is(x, y)) continue;
    const distance = Math.abs(x - y);
    const error = Number.isNaN(distance) ? Infinity : distance;
    different += 1;
    noise += error * error;
    if (error > maxError) maxError = error;
  }
  return { signal, noise, maxError, different };
}

/** The place, in the other tensor, of the element at `index` of a matrix in row-major order. */
export function placeIn({ columns, rowStep, columnStep }: MatrixOrder): (index: number) => number {
  return (index) => Math.floor(index / columns) * rowStep + (index % columns) * columnStep;
}
