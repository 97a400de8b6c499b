import type { EditTarget } from '../../src/extension/editorApi';
import type { TreeNode } from '../../src/format/layerTree';
import type { Layer } from '../../src/graph/layer';
import { t, tn } from '../strings';

/** The layers that these rows stand for, each once; rows of scopes stand for all that are below them. */
export function layersOf(nodes: readonly TreeNode[]): ReadonlySet<Layer> {
  const layers = new Set<Layer>();
  for (const node of nodes) for (const layer of node.kind === 'layer' ? [node.layer] : node.layers) layers.add(layer);
  return layers;
}

/**
 * What an edit of these rows is about. One scope stays a scope and everything stays the model, so that the plan can say it in
 * one rule; else it is about the layers with weights. `all`: the model's layers, or null when only part of them is shown.
 */
export function editTarget(nodes: readonly TreeNode[], all: readonly Layer[] | null): EditTarget {
  const only = nodes.length === 1 ? nodes[0] : undefined;
  if (only?.kind === 'scope' && only.path !== null) return { kind: 'scope', scope: only.path };
  const layers = [...layersOf(nodes)].filter(({ weights }) => weights.length > 0).map(({ index }) => index);
  if (all !== null && layers.length > 1 && layers.length === all.filter(({ weights }) => weights.length > 0).length) return { kind: 'model' };
  return { kind: 'layers', layers: layers.sort((a, b) => a - b) };
}

/** The layer, when the edit is about one. */
export function singleLayer(target: EditTarget): number | null {
  return target.kind === 'layers' && target.layers.length === 1 ? target.layers[0]! : null;
}

/** What an edit is about, for the title of a menu. */
export function targetName(target: EditTarget, layers: readonly Layer[]): string {
  switch (target.kind) {
    case 'model': return t('menu.model');
    case 'scope': return target.scope.join('/');
    case 'layers': {
      const single = singleLayer(target);
      return single === null ? tn('menu.layers', target.layers.length) : (layers[single]?.name ?? '');
    }
  }
}
