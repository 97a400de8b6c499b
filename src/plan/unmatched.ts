import { distance } from 'fastest-levenshtein';
import type { Layer } from '../graph/layer';
import { scopeGlob } from './cover';
import { hasWildcard } from './glob';
import { matcherOf, scopePath } from './layerMatcher';
import type { Plan } from './plan';

/** A rule that matches no layer of the model. */
export interface UnmatchedRule {
  /** Index into the plan's `layers`. */
  readonly rule: number;
  readonly match: string;
  /** The nearest name or scope of the model; null when nothing is near. */
  readonly suggestion: string | null;
}

/** Comparisons for all suggestions together; about 0.3 s. Rules after that are reported without one. */
export const MAX_COMPARISONS = 250_000;
/** Names are compared up to this length: the comparison takes time in the square of it. */
const MAX_COMPARED_CHARACTERS = 128;

export function unmatchedRules(plan: Plan, layers: readonly Layer[]): readonly UnmatchedRule[] {
  const matcher = matcherOf(layers);
  const unmatched = (plan.layers ?? []).flatMap(({ match }, rule) => (matcher.positions(match).length === 0 ? [{ rule, match }] : []));
  if (unmatched.length === 0) return [];
  const names = layers.map(({ name }) => name);
  const scopes = scopesOf(layers);
  let left = MAX_COMPARISONS;
  return unmatched.map(({ rule, match }) => {
    const glob = scopes.get(`/${match.replace(/^\/+|\/+$/g, '')}`);
    if (glob !== undefined) return { rule, match, suggestion: glob };
    const candidates = hasWildcard(match) ? [...scopes.values()] : names;
    left -= candidates.length;
    return { rule, match, suggestion: left < 0 ? null : nearest(match, candidates) };
  });
}

/** The candidate with the fewest changed characters; null when every one differs in more than a third of the text. */
export function nearest(text: string, candidates: Iterable<string>): string | null {
  const wanted = text.slice(0, MAX_COMPARED_CHARACTERS).toLowerCase();
  let best: string | null = null;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const name = candidate.slice(0, MAX_COMPARED_CHARACTERS).toLowerCase();
    if (Math.abs(name.length - wanted.length) >= least) continue;
    const changes = distance(wanted, name);
    if (changes < least) {
      least = changes;
      best = candidate;
    }
  }
  return best;
}

/** Every scope's path with the glob for what is below it. */
function scopesOf(layers: readonly Layer[]): ReadonlyMap<string, string> {
  const scopes = new Map<string, string>();
  for (const { scope } of layers) {
    for (let depth = scope.length; depth > 0; depth--) {
      const outer = scope.slice(0, depth);
      const path = scopePath(outer);
      if (scopes.has(path)) break;
      scopes.set(path, scopeGlob(outer));
    }
  }
  return scopes;
}
