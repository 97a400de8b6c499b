import { layersInRepetitions } from '../../format/layerTree';
import type { TreeNode } from '../../format/layerTree';
import type { EditTarget } from '../../plan/plan';
import type { ActiveModel } from '../activeModel';
import type { LayersView } from '../layersView';

/**
 * What a command from a context menu is about. `node`, `nodes`: as VS Code passes them, from a row of the tree with all selected
 * ones, or from a row of the page, where the page has told its selection before the menu came up.
 */
export function chosenTarget(node: unknown, nodes: unknown, tree: LayersView, active: ActiveModel): EditTarget {
  if (Array.isArray(nodes) && nodes.length > 0) return targetOf(nodes as readonly TreeNode[]);
  if (isNode(node)) return targetOf([node]);
  return isPageRow(node) ? { kind: 'layers', layers: active.selection } : targetOf(tree.selection);
}

/** The layers at the same places in all repetitions of the block that a row of the tree, or the selected rows of the page, are in; empty for other rows. */
export function chosenRepetitions(node: unknown, tree: LayersView, active: ActiveModel): readonly number[] {
  const nodes = isNode(node) ? [node] : isPageRow(node) ? active.selection.flatMap((layer) => tree.nodeOf(layer) ?? []) : [];
  return [...new Set(nodes.flatMap((row) => layersInRepetitions(row).map(({ index }) => index)))];
}

/** One scope alone is said as a scope in the plan, so that the rule stays short. */
function targetOf(nodes: readonly TreeNode[]): EditTarget {
  const [only] = nodes;
  if (nodes.length === 1 && only?.kind === 'scope' && only.path !== null) return { kind: 'scope', scope: only.path };
  const found = nodes.flatMap((node) => (node.kind === 'scope' ? node.layers : [node.layer]));
  return { kind: 'layers', layers: [...new Set(found.map((layer) => layer.index))] };
}

function isNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && 'kind' in value && (value.kind === 'layer' || value.kind === 'scope');
}

/** The context that a row of the editor page carries; see `rowView.ts`. */
function isPageRow(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'nibbleRow' in value;
}
