import type { Layer } from '../graph/layer';
import { matcherOf } from './layerMatcher';

/** Patterns that are tried in one round, those of the most texts first: trying one takes time with the number of layers. */
export const MAX_PATTERNS_TRIED = 64;

/** Numbers in one text that may vary: blocks in stages, and little beside. */
const MAX_ROUNDS = 3;

/**
 * Replaces texts that differ only in a number by one glob, with a star for the number: a rule for each of `/encoder/layer.0/fc`
 * … `/encoder/layer.11/fc` becomes one rule for all repetitions of the block. Only where the glob matches no layer with weights
 * outside `allowed`.
 */
export function joinNumbered(matches: readonly string[], allowed: ReadonlySet<number>, layers: readonly Layer[]): readonly string[] {
  let joined = matches;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const next = joinOnce(joined, allowed, layers);
    if (next.length === joined.length) break;
    joined = next;
  }
  return joined;
}

function joinOnce(matches: readonly string[], allowed: ReadonlySet<number>, layers: readonly Layer[]): readonly string[] {
  const groups = new Map<string, Set<string>>();
  for (const match of matches) {
    for (const pattern of patternsOf(match)) {
      const group = groups.get(pattern);
      if (group) group.add(match);
      else groups.set(pattern, new Set([match]));
    }
  }
  const largest = [...groups].filter(([, members]) => members.size > 1).sort(([, a], [, b]) => b.size - a.size).slice(0, MAX_PATTERNS_TRIED);
  const replaced = new Map<string, string>();
  const matcher = matcherOf(layers);
  for (const [pattern, members] of largest) {
    if ([...members].some((member) => replaced.has(member))) continue;
    const found = new Set(matcher.positions(pattern));
    const harmless = [...found].every((position) => allowed.has(position) || layers[position]!.weights.length === 0);
    if (!harmless || ![...members].every((member) => matcher.positions(member).every((position) => found.has(position)))) continue;
    for (const member of members) replaced.set(member, pattern);
  }
  return [...new Set(matches.map((match) => replaced.get(match) ?? match))];
}

/** A text with each of its numbers in turn left open. */
function patternsOf(match: string): readonly string[] {
  return [...match.matchAll(/\d+/g)].map(({ index, 0: digits }) => `${match.slice(0, index)}*${match.slice(index + digits.length)}`);
}
