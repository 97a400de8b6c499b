/** Cells of the table for one pair of sequences; longer ones are aligned greedily. 4 million take some 20 ms. */
export const MAX_CELLS = 4_000_000;

/**
 * Positions of a longest common subsequence of two lists, in order: what both have, in the same order. Lists whose product of
 * lengths is beyond `MAX_CELLS` are matched from the front, each entry with the next equal one, which is fewer pairs at worst.
 */
export function alignSequences(first: readonly string[], second: readonly string[]): readonly (readonly [number, number])[] {
  if (first.length === 0 || second.length === 0) return [];
  return first.length * second.length <= MAX_CELLS ? longestCommon(first, second) : nextEqual(first, second);
}

function longestCommon(first: readonly string[], second: readonly string[]): readonly (readonly [number, number])[] {
  const width = second.length + 1;
  /** Length of the longest common subsequence of what follows each pair of positions. */
  const lengths = new Int32Array((first.length + 1) * width);
  for (let a = first.length - 1; a >= 0; a -= 1) {
    for (let b = second.length - 1; b >= 0; b -= 1) {
      const at = a * width + b;
      lengths[at] = first[a] === second[b] ? lengths[at + width + 1]! + 1 : Math.max(lengths[at + width]!, lengths[at + 1]!);
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let a = 0, b = 0; a < first.length && b < second.length; ) {
    const at = a * width + b;
    if (first[a] === second[b]) pairs.push([a++, b++]);
    else if (lengths[at + width]! >= lengths[at + 1]!) a += 1;
    else b += 1;
  }
  return pairs;
}

function nextEqual(first: readonly string[], second: readonly string[]): readonly (readonly [number, number])[] {
  const places = new Map<string, number[]>();
  second.forEach((entry, place) => {
    const known = places.get(entry);
    if (known) known.push(place);
    else places.set(entry, [place]);
  });
  const used = new Map<string, number>();
  const pairs: (readonly [number, number])[] = [];
  let after = 0;
  first.forEach((entry, position) => {
    const candidates = places.get(entry) ?? [];
    let next = used.get(entry) ?? 0;
    while (next < candidates.length && candidates[next]! < after) next += 1;
    used.set(entry, next);
    const place = candidates[next];
    if (place === undefined) return;
    pairs.push([position, place]);
    after = place + 1;
  });
  return pairs;
}
