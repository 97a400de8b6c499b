import type { Layer, LayerSite, ModelInfo, RepeatedBlock } from './layer';
import type { Scope } from './scopeTree';
import { firstLayer, isScope, scopeTree } from './scopeTree';
import { NOWHERE, Structure } from './structure';
import type { TandemRepeat } from './tandemRepeats';
import { tandemRepeats } from './tandemRepeats';

/** A block is more than an operator with its bias and activation: a stack of those reads better layer by layer. */
export const MIN_LAYERS_IN_BLOCK = 4;

/**
 * Parts of a model that follow one another and are equal but for the values of their weights: the encoder blocks of a
 * transformer, the residual blocks of a stage. Within each scope its entries (scopes, and layers of its own) are compared:
 * scopes by everything below them and by their names without numbers, layers by what they do; then the wiring inside each
 * repetition. So models whose names have no scopes are served as well. Takes time n log n.
 */
export function repeatedBlocks(layers: readonly Layer[], sites: readonly LayerSite[], { inputs }: Pick<ModelInfo, 'inputs'>): readonly RepeatedBlock[] {
  const structure = new Structure(layers, sites, inputs.map(({ name }) => name));
  const found: RepeatedBlock[] = [];
  const open = [scopeTree(layers)];
  for (let scope = open.pop(); scope !== undefined; scope = open.pop()) {
    found.push(...blocksIn(scope, structure));
    for (const entry of scope.entries) if (isScope(entry) && entry.layers.length >= 2 * MIN_LAYERS_IN_BLOCK) open.push(entry);
  }
  return found.sort((a, b) => a.first - b.first || a.scope.length - b.scope.length);
}

function blocksIn(scope: Scope, structure: Structure): readonly RepeatedBlock[] {
  const { entries } = scope;
  if (entries.length < 2 || scope.layers.length < 2 * MIN_LAYERS_IN_BLOCK) return [];
  const labels = Int32Array.from(entries, (entry) => structure.number(isScope(entry) ? `${nameWithoutNumbers(entry.path.at(-1)!)}\n${structure.keyOf(indicesOf([entry]))}` : `layer ${String(structure.kinds[entry.index])}`));
  const candidates = tandemRepeats(labels)
    .map((repeat) => ({ repeat, layers: countLayers(entries.slice(repeat.start, repeat.end)) }))
    .sort((a, b) => b.layers - a.layers || a.repeat.period - b.repeat.period || a.repeat.start - b.repeat.start);
  if (candidates.length === 0) return [];
  let traffic: Traffic | null = null;
  const taken = new Uint8Array(entries.length);
  return candidates.flatMap(({ repeat }) => {
    if (!isBlock(entries.slice(repeat.start, repeat.start + repeat.period)) || taken.subarray(repeat.start, repeat.end).some((one) => one !== 0)) return [];
    return equallyWired(entries, aligned(repeat, entries, () => (traffic ??= trafficIn(scope, structure))), structure).map(({ start, period, count }): RepeatedBlock => {
      taken.fill(1, start, start + period * count);
      const repetition = entries.slice(start, start + period);
      return { scope: scope.path, first: firstLayer(repetition[0]!), entries: period, count, layers: countLayers(repetition) };
    });
  });
}

/** Repetitions of `period` entries each, one after the other. */
interface Stretch {
  readonly start: number;
  readonly period: number;
  readonly count: number;
}

/**
 * Where the blocks of a repeat begin. Layers without scopes can be cut anywhere: a block begins where the fewest values pass
 * from one repetition to the next; among such places at a layer that has parameters, and where the values are read most
 * often: what a residual network adds to is one value, and both the block and the addition behind it read it. Scopes say
 * themselves where they begin.
 */
function aligned({ start, end, period }: TandemRepeat, entries: Scope['entries'], traffic: () => Traffic): Stretch {
  if (entries.slice(start, end).every(isScope)) return { start, period, count: Math.floor((end - start) / period) };
  const stretches = Array.from({ length: period }, (_, offset): Stretch => ({ start: start + offset, period, count: Math.floor((end - start - offset) / period) })).filter(({ count }) => count >= 2);
  const costs = stretches.map((stretch) => {
    const entry = entries[stretch.start]!;
    const { values, reads } = trafficAt(stretch, traffic());
    return { stretch, values, reads, bare: isScope(entry) || entry.parameters > 1 ? 0 : 1 };
  });
  return costs.reduce((best, cost) => ((cost.values - best.values || cost.bare - best.bare || best.reads - cost.reads) < 0 ? cost : best)).stretch;
}

/** For each entry of a scope how many values of earlier entries it or later ones read, and how often. */
interface Traffic {
  readonly values: Int32Array;
  readonly reads: Int32Array;
}

/** The most that passes between two repetitions. */
function trafficAt({ start, period, count }: Stretch, { values, reads }: Traffic): { readonly values: number; readonly reads: number } {
  const places = Array.from({ length: count - 1 }, (_, repetition) => start + (repetition + 1) * period);
  return places.reduce((most, place) => ({ values: Math.max(most.values, values[place]!), reads: Math.max(most.reads, reads[place]!) }), { values: 0, reads: 0 });
}

function trafficIn({ entries, layers }: Scope, structure: Structure): Traffic {
  const traffic = { values: new Int32Array(entries.length + 2), reads: new Int32Array(entries.length + 2) };
  const pass = (counts: Int32Array, from: number, to: number): void => {
    if (to <= from) return;
    counts[from + 1]! += 1;
    counts[to + 1]! -= 1;
  };
  structure.within(layers.map(({ index }) => index), (positionOf) => {
    const places = new Int32Array(layers.length);
    entries.forEach((entry, place) => { for (const index of indicesOf([entry])) places[positionOf(index)] = place; });
    const lastReaders = new Int32Array(layers.length).fill(-1);
    layers.forEach(({ index }, position) => {
      const reader = places[position]!;
      for (const producer of structure.readsOf(index)) {
        const from = positionOf(producer);
        if (from === NOWHERE) continue;
        pass(traffic.reads, places[from]!, reader);
        lastReaders[from] = Math.max(lastReaders[from]!, reader);
      }
    });
    lastReaders.forEach((last, position) => { pass(traffic.values, places[position]!, last); });
  });
  for (const counts of [traffic.values, traffic.reads]) for (let place = 1; place < counts.length; place += 1) counts[place]! += counts[place - 1]!;
  return traffic;
}

/** The runs of at least two repetitions with the same wiring. */
function equallyWired(entries: Scope['entries'], { start, period, count }: Stretch, structure: Structure): readonly Stretch[] {
  // Scopes that are compared by everything below them need no second look.
  if (period === 1 && isScope(entries[start]!)) return [{ start, period, count }];
  const keys = Array.from({ length: count }, (_, repetition) => structure.number(structure.keyOf(indicesOf(entries.slice(start + repetition * period, start + (repetition + 1) * period)))));
  const runs: Stretch[] = [];
  for (let from = 0; from < count; ) {
    let to = from;
    while (to < count && keys[to] === keys[from]) to += 1;
    if (to - from >= 2) runs.push({ start: start + from * period, period, count: to - from });
    from = to;
  }
  return runs;
}

function isBlock(entries: Scope['entries']): boolean {
  return countLayers(entries) >= MIN_LAYERS_IN_BLOCK && entries.some((entry) => (isScope(entry) ? entry.layers : [entry]).some(({ weights }) => weights.length > 0));
}

function countLayers(entries: Scope['entries']): number {
  return entries.reduce((count, entry) => count + (isScope(entry) ? entry.layers.length : 1), 0);
}

/** Indices of all layers of some entries, ascending. */
function indicesOf(entries: Scope['entries']): readonly number[] {
  const indices: number[] = [];
  for (const entry of entries) {
    if (isScope(entry)) for (const { index } of entry.layers) indices.push(index);
    else indices.push(entry.index);
  }
  return entries.length === 1 ? indices : indices.sort((a, b) => a - b);
}

/** `layer.0`, `layer.11` → `layer.#`; `dense`, `dense_1` → `dense`, as frameworks number names that they have given before. */
function nameWithoutNumbers(name: string): string {
  return name.replace(/_\d+$/, '').replace(/\d+/g, '#');
}
