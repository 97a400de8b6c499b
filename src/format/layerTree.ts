import type { Layer, RepeatedBlock } from '../graph/layer';
import type { Scope } from '../graph/scopeTree';
import { firstLayer, isScope, scopeTree } from '../graph/scopeTree';
import type { LayerAssessment } from '../jobs/records';
import type { WeightScheme } from '../quant/scheme';
import { schemeKey } from '../quant/scheme';
import { groupsBy } from './groups';

/** One layer as a leaf of the tree. */
export interface LayerNode {
  readonly kind: 'layer';
  readonly key: string;
  readonly label: string;
  readonly parent: ScopeNode;
  readonly layer: Layer;
}

/** A name scope with everything below it; or a row that gathers entries of one. */
export interface ScopeNode {
  readonly kind: 'scope';
  readonly key: string;
  readonly label: string;
  readonly parent: ScopeNode | null;
  /** Names from the outermost scope to this one; null for a row that is no scope itself: a repeated block, or one of its repetitions. */
  readonly path: readonly string[] | null;
  /** More than 1: the children are that many parts that are equal but for the values of their weights. */
  readonly repetitions: number;
  readonly children: TreeNode[];
  /** Every layer below, in execution order. */
  readonly layers: Layer[];
}

export type TreeNode = LayerNode | ScopeNode;

/** Figures of a scope: sums over its layers. */
export interface Subtotal {
  readonly parameters: number;
  readonly weightBytes: number;
  /** Sum of the known ones of layers that run; null when that is nothing, yet some are unknown. */
  readonly macs: number | null;
  readonly unknownMacs: number;
  readonly bytesAfter: number | null;
  /** The scheme that all layers with weights share; 'mixed' when they differ; null when there is none. */
  readonly scheme: WeightScheme | 'mixed' | null;
  /** Lowest known error figure of the layers below. */
  readonly lowestSqnrDb: number | null;
  readonly pending: boolean;
}

/**
 * Groups layers by their name scopes; a scope stands where its first layer stands in execution order. A scope that
 * holds one layer and nothing else becomes that layer's row, under the scope's name. Repetitions of a block are gathered
 * in a row of their own. Returns the nameless root.
 */
export function buildTree(layers: readonly Layer[], blocks: readonly RepeatedBlock[] = []): ScopeNode {
  const outermost = scopeTree(layers);
  const root = scopeNode(outermost, null);
  const open = [{ node: root, scope: outermost }];
  const blocksOf = groupsBy(blocks, ({ scope }) => scopeKey(scope));
  const add = (entry: Scope | Layer, parent: ScopeNode): void => {
    if (!isScope(entry)) {
      parent.children.push({ kind: 'layer', key: layerKey(entry.index), label: leafLabel(entry), parent, layer: entry });
      return;
    }
    const node = scopeNode(entry, parent);
    parent.children.push(node);
    open.push({ node, scope: entry });
  };
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, scope } = next;
    for (const part of partsOf(scope, blocksOf.get(node.key) ?? [])) {
      if (part.length === 1) add(part[0]![0]!, node);
      else addBlock(part, node, add);
    }
  }
  foldSingles(root);
  return root;
}

/** The layers at the same places in all repetitions of the innermost block that a row is in; empty for a row that is in none. */
export function layersInRepetitions(node: TreeNode): readonly Layer[] {
  const inside = repetitionAround(node);
  if (inside === null || inside.parent === null) return [];
  const own = new Set(layersOf(node));
  const places = layersOf(inside).flatMap((layer, place) => (own.has(layer) ? [place] : []));
  return inside.parent.children.flatMap((repetition) => places.map((place) => layersOf(repetition)[place]!));
}

/** The repetition of the innermost block that a row is in, the row itself included; null for a row that is in none. */
export function repetitionAround(node: TreeNode): TreeNode | null {
  let inside: TreeNode = node;
  while (inside.parent !== null && inside.parent.repetitions === 1) inside = inside.parent;
  return inside.parent === null ? null : inside;
}

export function layerKey(index: number): string {
  return `L${index}`;
}

export function scopeKey(path: readonly string[]): string {
  return `S${JSON.stringify(path)}`;
}

/** Where a scope is: `encoder/layer.0`; a row that gathers entries under its own label. */
export function pathOf({ path, parent, label }: ScopeNode): string {
  return path === null && parent !== null ? [...(parent.path ?? parent.parent?.path ?? []), label].join('/') : (path ?? []).join('/');
}

/** Sums of a scope. `assessmentOf` gives what is known about a layer now. */
export function subtotalOf(layers: readonly Layer[], assessmentOf: (layer: number) => LayerAssessment | undefined): Subtotal {
  let parameters = 0;
  let weightBytes = 0;
  let macs = 0;
  let unknownMacs = 0;
  let bytesAfter = 0;
  let assessed = 0;
  let pending = false;
  let lowestSqnrDb: number | null = null;
  let scheme: WeightScheme | 'mixed' | null = null;
  for (const layer of layers) {
    parameters += layer.parameters;
    weightBytes += layer.weightBytes;
    // The branch of an If that does not run is stored, but costs nothing: the model's totals leave it out, too.
    if (layer.untaken !== true) {
      if (layer.macs === null) unknownMacs += 1;
      else macs += layer.macs;
    }
    const assessment = assessmentOf(layer.index);
    if (assessment === undefined) continue;
    assessed += 1;
    bytesAfter += assessment.bytesAfter;
    if (assessment.state === 'none') continue;
    if (assessment.state === 'pending') pending = true;
    if (assessment.sqnrDb !== null && (lowestSqnrDb === null || assessment.sqnrDb < lowestSqnrDb)) lowestSqnrDb = assessment.sqnrDb;
    if (scheme === null) scheme = assessment.scheme;
    else if (scheme !== 'mixed' && schemeKey(scheme) !== schemeKey(assessment.scheme)) scheme = 'mixed';
  }
  return {
    parameters, weightBytes, macs: macs === 0 && unknownMacs > 0 ? null : macs, unknownMacs,
    bytesAfter: assessed === 0 ? null : bytesAfter, scheme, lowestSqnrDb, pending,
  };
}

function scopeNode({ path, layers }: Scope, parent: ScopeNode | null): ScopeNode {
  return { kind: 'scope', key: scopeKey(path), label: path.at(-1) ?? '', parent, path, repetitions: 1, children: [], layers };
}

/** Entries that stand for one part of the model each, a repetition of a block mostly. */
type Entries = Scope['entries'];

/** The entries of a scope, each as a part with one repetition of itself; those of a block as one part with all its repetitions. */
function* partsOf({ entries }: Scope, blocks: readonly RepeatedBlock[]): Generator<readonly Entries[]> {
  const starts = new Map(blocks.map((block) => [block.first, block]));
  for (let at = 0; at < entries.length; ) {
    const block = starts.get(firstLayer(entries[at]!));
    const { entries: period, count } = block !== undefined && at + block.entries * block.count <= entries.length ? block : { entries: 1, count: 1 };
    yield Array.from({ length: count }, (_, repetition) => entries.slice(at + repetition * period, at + (repetition + 1) * period));
    at += period * count;
  }
}

function addBlock(repetitions: readonly Entries[], parent: ScopeNode, add: (entry: Scope | Layer, parent: ScopeNode) => void): void {
  const block = gathering('B', repetitions.flat(), parent, repetitions.length);
  parent.children.push(block);
  for (const entries of repetitions) {
    if (entries.length === 1) {
      add(entries[0]!, block);
      continue;
    }
    const repetition = gathering('R', entries, block, 1);
    block.children.push(repetition);
    for (const entry of entries) add(entry, repetition);
  }
}

/** A row for several entries of a scope, labelled with the first and the last of them. */
function gathering(kind: 'B' | 'R', entries: Entries, parent: ScopeNode, repetitions: number): ScopeNode {
  const layers = entries.flatMap((entry) => (isScope(entry) ? entry.layers : [entry])).sort((a, b) => a.index - b.index);
  const key = `${kind}${String(firstLayer(entries[0]!))}${parent.key}`;
  return { kind: 'scope', key, label: `${entryLabel(entries[0]!)} … ${entryLabel(entries.at(-1)!)}`, parent, path: null, repetitions, children: [], layers };
}

function entryLabel(entry: Scope | Layer): string {
  return isScope(entry) ? entry.path.at(-1)! : leafLabel(entry);
}

function layersOf(node: TreeNode): readonly Layer[] {
  return node.kind === 'layer' ? [node.layer] : node.layers;
}

/** The name without its scopes: the part after the last separator. */
function leafLabel(layer: Layer): string {
  if (layer.scope.length === 0) return layer.name;
  const last = layer.name.slice(Math.max(layer.name.lastIndexOf('/'), layer.name.lastIndexOf('.')) + 1);
  return last === '' ? layer.name : last;
}

/** Replaces scopes with a single layer by that layer. Iterative: the depth comes from names. */
function foldSingles(root: ScopeNode): void {
  const open = [root];
  for (let scope = open.pop(); scope !== undefined; scope = open.pop()) {
    for (const [position, child] of scope.children.entries()) {
      if (child.kind === 'layer') continue;
      const only = child.children.length === 1 ? child.children[0] : undefined;
      if (only?.kind === 'layer') scope.children[position] = { ...only, label: child.label, parent: scope };
      else open.push(child);
    }
  }
}
