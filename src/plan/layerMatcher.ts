import type { Layer } from '../graph/layer';
import { compileGlob, hasWildcard } from './glob';

/** Patterns whose matches are remembered; a plan of any sensible length fits. */
const REMEMBERED_PATTERNS = 2_000;

/**
 * Finds the layers that a rule's `match` means. A layer's exact name always wins: a name that contains `*` or `?` can be
 * written as it is. Otherwise the text is a glob over names and over paths (see `layerPath`).
 */
export class LayerMatcher {
  private readonly byName = new Map<string, number[]>();
  /** Names and paths with the positions of their layers, sorted, so that a glob looks only at texts with its prefix. */
  private readonly sorted: readonly (readonly [text: string, position: number])[];
  private readonly remembered = new Map<string, readonly number[]>();

  constructor(layers: readonly Layer[]) {
    const texts: (readonly [string, number])[] = [];
    layers.forEach((layer, position) => {
      const same = this.byName.get(layer.name);
      if (same) same.push(position);
      else this.byName.set(layer.name, [position]);
      texts.push([layer.name, position]);
      const path = layerPath(layer);
      if (path !== layer.name) texts.push([path, position]);
    });
    this.sorted = texts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  /** Positions of the matching layers in the list given to the constructor, ascending. */
  positions(match: string): readonly number[] {
    const known = this.byName.get(match) ?? this.remembered.get(match);
    if (known) return known;
    const found = this.search(match);
    if (this.remembered.size >= REMEMBERED_PATTERNS) this.remembered.clear();
    this.remembered.set(match, found);
    return found;
  }

  private search(match: string): readonly number[] {
    if (!hasWildcard(match)) return [];
    const glob = compileGlob(match);
    const found = new Set<number>();
    for (let at = this.firstFrom(glob.prefix); at < this.sorted.length; at++) {
      const [text, position] = this.sorted[at]!;
      if (!text.startsWith(glob.prefix)) break;
      if (glob.matches(text)) found.add(position);
    }
    return [...found].sort((a, b) => a - b);
  }

  private firstFrom(text: string): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sorted[middle]![0] < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const matchers = new WeakMap<readonly Layer[], LayerMatcher>();

/** The matcher of a list of layers, built once for each list. */
export function matcherOf(layers: readonly Layer[]): LayerMatcher {
  let matcher = matchers.get(layers);
  if (!matcher) matchers.set(layers, (matcher = new LayerMatcher(layers)));
  return matcher;
}

/** Where a layer stands in the tree of scopes, with a leading slash whatever its name looks like: `/model/dense/MatMul`. */
export function layerPath(layer: Layer): string {
  return `${scopePath(layer.scope)}/${layer.name.slice(layer.name.lastIndexOf('/') + 1)}`;
}

/** `/layer4/layer4.0`; '' for the top. */
export function scopePath(scope: readonly string[]): string {
  return scope.map((part) => `/${part}`).join('');
}
