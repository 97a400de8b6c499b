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
  for (const layer of layers) {
    let at = root;
    at.scope.layers.push(layer);
    for (const segment of layer.scope.slice(0, MAX_TREE_DEPTH)) {
      let next = at.inner.get(segment);
      if (next === undefined) {
        next = building([...at.scope.path, segment]);
        at.inner.set(segment, next);
        at.scope.entries.push(next.scope);
      }
      at = next;
      at.scope.layers.push(layer);
    }
    at.scope.entries.push(layer);
  }
  return root.scope;
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
