import type { Layer } from '../graph/layer';
import type { LayerAssessment } from '../jobs/records';
import type { WeightScheme } from '../quant/scheme';
import { schemeKey } from '../quant/scheme';

/** Deeper scopes are shown in the row of the last level: no real model nests this deep, a hostile name can. */
export const MAX_SCOPE_DEPTH = 24;

/** One layer as a leaf of the tree. */
export interface LayerNode {
  readonly kind: 'layer';
  readonly key: string;
  readonly label: string;
  readonly parent: ScopeNode;
  readonly layer: Layer;
}

/** A name scope with everything below it. */
export interface ScopeNode {
  readonly kind: 'scope';
  readonly key: string;
  readonly label: string;
  readonly parent: ScopeNode | null;
  readonly path: readonly string[];
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

interface Building {
  readonly node: ScopeNode;
  readonly scopes: Map<string, Building>;
}

/**
 * Groups layers by their name scopes; a scope stands where its first layer stands in execution order. A scope that
 * holds one layer and nothing else becomes that layer's row, under the scope's name. Returns the nameless root.
 */
export function buildTree(layers: readonly Layer[]): ScopeNode {
  const root = newScope(null, []);
  for (const layer of layers) {
    let at = root;
    at.node.layers.push(layer);
    for (const segment of layer.scope.slice(0, MAX_SCOPE_DEPTH)) {
      let next = at.scopes.get(segment);
      if (next === undefined) {
        next = newScope(at.node, [...at.node.path, segment]);
        at.scopes.set(segment, next);
        at.node.children.push(next.node);
      }
      at = next;
      at.node.layers.push(layer);
    }
    at.node.children.push({ kind: 'layer', key: layerKey(layer.index), label: leafLabel(layer), parent: at.node, layer });
  }
  foldSingles(root.node);
  return root.node;
}

export function layerKey(index: number): string {
  return `L${index}`;
}

export function scopeKey(path: readonly string[]): string {
  return `S${JSON.stringify(path)}`;
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

function newScope(parent: ScopeNode | null, path: readonly string[]): Building {
  return { node: { kind: 'scope', key: scopeKey(path), label: path.at(-1) ?? '', parent, path, children: [], layers: [] }, scopes: new Map() };
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
