import type { Layer } from './layer';

/** Deeper scopes are part of the last level: no real model nests this deep, a hostile name can. */
export const MAX_TREE_DEPTH = 24;

/** A name scope with what is directly in it, in the order of first appearance. */
export interface Scope {
  /** Names from the outermost scope to this one; [] for the whole model. */
  readonly path: readonly string[];
  readonly entries: (Scope | Layer)[];
  /** Every layer below, in execution order. */
  readonly layers: Layer[];
}

interface Building {
  readonly scope: Scope;
  readonly inner: Map<string, Building>;
}

/** Groups layers by their name scopes; a scope stands where its first layer stands in execution order. Returns the nameless outermost one. */
export function scopeTree(layers: readonly Layer[]): Scope {
  const root = building([]);
  // Neighbours are mostly of one scope, and then share its array.
  let [before, above]: [readonly string[] | null, readonly Building[]] = [null, []];
  for (const layer of layers) {
    if (layer.scope !== before) [before, above] = [layer.scope, scopesAlong(layer.scope, root)];
    for (const { scope } of above) scope.layers.push(layer);
    above.at(-1)!.scope.entries.push(layer);
  }
  return root.scope;
}

/** The scopes of a path, from the outermost one on; those that are new stand at the ends of the ones around them. */
function scopesAlong(path: readonly string[], root: Building): readonly Building[] {
  const along = [root];
  for (const segment of path.slice(0, MAX_TREE_DEPTH)) {
    const at = along.at(-1)!;
    let next = at.inner.get(segment);
    if (next === undefined) {
      next = building([...at.scope.path, segment]);
      at.inner.set(segment, next);
      at.scope.entries.push(next.scope);
    }
    along.push(next);
  }
  return along;
}

export function isScope(entry: Scope | Layer): entry is Scope {
  return 'entries' in entry;
}

/** The index of the first layer of an entry. */
export function firstLayer(entry: Scope | Layer): number {
  return isScope(entry) ? entry.layers[0]!.index : entry.index;
}

function building(path: readonly string[]): Building {
  return { scope: { path, entries: [], layers: [] }, inner: new Map() };
}
