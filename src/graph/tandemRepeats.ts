/** A stretch [start, end) of a sequence in which every entry equals the one `period` places later, at least twice the period long. */
export interface TandemRepeat {
  readonly start: number;
  readonly end: number;
  readonly period: number;
}

/** Comparisons allowed for each entry: networks need about 10, and a sequence made to be slow must not take the square of its length. */
export const MAX_COMPARISONS_PER_ENTRY = 256;

/**
 * The stretches of a sequence in which something is repeated immediately, each as long as it goes and with the shortest
 * period that it has. Candidates for periods are the distances between equal windows of 1, 2, 4 … entries, so that both
 * a block of two entries and one of two thousand are found. Takes time n log n.
 * @param labels equal numbers for equal entries.
 */
export function tandemRepeats(labels: ArrayLike<number>): readonly TandemRepeat[] {
  const { length } = labels;
  const found: TandemRepeat[] = [];
  /** For each period the position up to which it has been compared. */
  const compared = new Map<number, number>();
  let comparisons = length * MAX_COMPARISONS_PER_ENTRY;
  const follow = (position: number, period: number): void => {
    const from = compared.get(period) ?? 0;
    if (position < from || comparisons <= 0) return;
    let start = position;
    while (start > from && labels[start - 1] === labels[start - 1 + period]) start -= 1;
    let end = position;
    while (end + period < length && labels[end] === labels[end + period]) end += 1;
    comparisons -= end - start + 1;
    compared.set(period, end + 1);
    if (end - start >= period && shortestPeriod(labels, start, start + period) === period) found.push({ start, end: end + period, period });
  };
  let windows = ranked(length, (position) => labels[position]!);
  for (let size = 1; 2 * size <= length; size *= 2) {
    if (!followAll(windows, follow)) break;
    windows = doubled(windows, size);
  }
  return found;
}

/** Follows the distance from each window to the next equal one; false when all windows differ. */
function followAll(windows: Int32Array, follow: (position: number, period: number) => void): boolean {
  const last = new Int32Array(windows.length).fill(-1);
  const distances = new Int32Array(windows.length);
  for (let position = windows.length - 1; position >= 0; position -= 1) {
    const window = windows[position]!;
    if (last[window]! >= 0) distances[position] = last[window]! - position;
    last[window] = position;
  }
  let found = false;
  for (let position = 0; position < distances.length; position += 1) {
    if (distances[position] === 0) continue;
    found = true;
    follow(position, distances[position]!);
  }
  return found;
}

/** Numbers windows of twice the size, each made of two windows that follow one another. */
function doubled(windows: Int32Array, size: number): Int32Array {
  const count = windows.length;
  // Numbers are below the count, so that a pair of them is one number without loss.
  return ranked(Math.max(0, count - size), (position) => windows[position]! * count + windows[position + size]!);
}

/** Small numbers from 0, equal for equal keys. */
function ranked(length: number, keyOf: (position: number) => number): Int32Array {
  const known = new Map<number, number>();
  const ranks = new Int32Array(length);
  for (let position = 0; position < length; position += 1) {
    const key = keyOf(position);
    let rank = known.get(key);
    if (rank === undefined) known.set(key, (rank = known.size));
    ranks[position] = rank;
  }
  return ranks;
}

/** The shortest period that divides the stretch [start, end): its own length when it is no repetition of something shorter. */
function shortestPeriod(labels: ArrayLike<number>, start: number, end: number): number {
  const length = end - start;
  const borders = new Int32Array(length);
  for (let at = 1, border = 0; at < length; at += 1) {
    while (border > 0 && labels[start + at] !== labels[start + border]) border = borders[border - 1]!;
    if (labels[start + at] === labels[start + border]) border += 1;
    borders[at] = border;
  }
  const period = length - (borders[length - 1] ?? 0);
  return length % period === 0 ? period : length;
}
