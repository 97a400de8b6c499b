import type { Layer } from '../graph/layer';
import { escapeGlob } from './glob';
import { matcherOf, scopePath } from './layerMatcher';
import { joinNumbered } from './numbered';

/** A glob is shorter than the names it stands for from this many layers on. */
const MIN_LAYERS_OF_GLOB = 2;

/** A glob over everything below a scope. */
export function scopeGlob(scope: readonly string[]): string {
  return `${escapeGlob(scopePath(scope))}/**`;
}

/** Positions of the layers below a scope. */
export function layersBelow(scope: readonly string[], layers: readonly Layer[]): readonly number[] {
  return layers.flatMap((layer, position) => (scope.every((part, depth) => layer.scope[depth] === part) ? [position] : []));
}

/**
 * Few `match` texts that together match every layer of `needed` and no layer with weights outside `allowed`: a glob for each
 * outermost scope that lies in `allowed` as a whole, names for the rest; and one glob for those that differ only in a number.
 */
export function coverLayers(needed: ReadonlySet<number>, allowed: ReadonlySet<number>, layers: readonly Layer[]): readonly string[] {
  const counts = countByScope(needed, allowed, layers);
  const globs = new Map<string, string | null>();
  const covered = new Set<number>();
  const matches: string[] = [];
  for (const position of needed) {
    if (covered.has(position)) continue;
    const { name, scope } = layers[position]!;
    const match = outermostGlob(scope, counts, globs, allowed, layers);
    const found = match === null ? [] : matcherOf(layers).positions(match);
    if (match !== null && found.includes(position)) {
      matches.push(match);
      for (const one of found) covered.add(one);
    } else {
      matches.push(name);
    }
  }
  const byScope = joinNumbered(matches, allowed, layers);
  const byName = joinNumbered([...needed].map((position) => layers[position]!.name), allowed, layers);
  return byName.length < byScope.length ? byName : byScope;
}

interface ScopeCount {
  needed: number;
  outside: number;
}

function countByScope(needed: ReadonlySet<number>, allowed: ReadonlySet<number>, layers: readonly Layer[]): ReadonlyMap<string, ScopeCount> {
  const counts = new Map<string, ScopeCount>();
  layers.forEach(({ scope, weights }, position) => {
    if (weights.length === 0) return;
    for (let depth = 1; depth <= scope.length; depth++) {
      const path = scopePath(scope.slice(0, depth));
      let count = counts.get(path);
      if (!count) counts.set(path, (count = { needed: 0, outside: 0 }));
      if (needed.has(position)) count.needed += 1;
      if (!allowed.has(position)) count.outside += 1;
    }
  });
  return counts;
}

/** The glob of the outermost scope that lies in `allowed` as a whole. `globs` remembers what was found for each scope. */
function outermostGlob(scope: readonly string[], counts: ReadonlyMap<string, ScopeCount>, globs: Map<string, string | null>, allowed: ReadonlySet<number>, layers: readonly Layer[]): string | null {
  for (let depth = 1; depth <= scope.length; depth++) {
    const path = scopePath(scope.slice(0, depth));
    const count = counts.get(path);
    if (!count || count.outside > 0 || count.needed < MIN_LAYERS_OF_GLOB) continue;
    let glob = globs.get(path);
    if (glob === undefined) {
      const match = scopeGlob(scope.slice(0, depth));
      // Odd names can make a glob mean more than its scope.
      const harmless = matcherOf(layers).positions(match).every((one) => allowed.has(one) || layers[one]!.weights.length === 0);
      globs.set(path, (glob = harmless ? match : null));
    }
    if (glob !== null) return glob;
  }
  return null;
}
