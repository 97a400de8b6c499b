import type { Layer } from '../../src/graph/layer';
import type { LayerAssessment } from '../../src/jobs/records';
import type { Sort, SortKey } from '../viewState';
import type { LayerNode, ScopeNode, TreeNode } from '../../src/format/layerTree';

/** One line of the table as it is shown now. */
export interface Row {
  readonly node: TreeNode;
  /** 1 for the outermost rows. */
  readonly level: number;
  readonly positionInSet: number;
  readonly setSize: number;
  /** Null for rows that have nothing below them. */
  readonly expanded: boolean | null;
}

export interface RowOptions {
  readonly isExpanded: (scope: ScopeNode) => boolean;
  readonly sort: Sort | null;
  /** Null: everything. */
  readonly matches: ((layer: Layer) => boolean) | null;
  readonly assessmentOf: (layer: number) => LayerAssessment | undefined;
}

/**
 * The rows to show: the tree in execution order, or a flat list when it is sorted by a column. A filter keeps the
 * layers that match and the scopes above them, and opens those scopes.
 */
export function visibleRows(root: ScopeNode, options: RowOptions): readonly Row[] {
  if (options.sort !== null) return sortedRows(root.layers, options.sort, options);
  const kept = options.matches === null ? null : matchingNodes(root, options.matches);
  const rows: Row[] = [];
  const open: { readonly nodes: readonly TreeNode[]; readonly level: number; next: number }[] = [{ nodes: childrenShown(root, kept), level: 1, next: 0 }];
  for (let frame = open.at(-1); frame !== undefined; frame = open.at(-1)) {
    const node = frame.nodes[frame.next];
    if (node === undefined) {
      open.pop();
      continue;
    }
    frame.next += 1;
    const expanded = node.kind === 'scope' ? kept !== null || options.isExpanded(node) : null;
    rows.push({ node, level: frame.level, positionInSet: frame.next, setSize: frame.nodes.length, expanded });
    if (node.kind === 'scope' && expanded === true) open.push({ nodes: childrenShown(node, kept), level: frame.level + 1, next: 0 });
  }
  return rows;
}

function childrenShown(scope: ScopeNode, kept: ReadonlySet<TreeNode> | null): readonly TreeNode[] {
  return kept === null ? scope.children : scope.children.filter((child) => kept.has(child));
}

function matchingNodes(root: ScopeNode, matches: (layer: Layer) => boolean): ReadonlySet<TreeNode> {
  const kept = new Set<TreeNode>();
  const open = [root];
  for (let scope = open.pop(); scope !== undefined; scope = open.pop()) {
    for (const child of scope.children) {
      if (child.kind === 'scope') open.push(child);
      else if (matches(child.layer)) {
        kept.add(child);
        for (let above: ScopeNode | null = child.parent; above !== null && !kept.has(above); above = above.parent) kept.add(above);
      }
    }
  }
  return kept;
}

function sortedRows(layers: readonly Layer[], sort: Sort, options: RowOptions): readonly Row[] {
  const wanted = options.matches === null ? layers : layers.filter(options.matches);
  const ranked = sort.key === 'name' || sort.key === 'op' ? byText(wanted, sort.key) : byNumber(wanted, numberOf(sort.key, options));
  if (sort.descending) ranked.reverse();
  // Layers without the figure stand last in both directions.
  const ordered = [...ranked.filter(({ value }) => !Number.isNaN(value)), ...ranked.filter(({ value }) => Number.isNaN(value))];
  return ordered.map(({ layer }, position) => ({ node: flatNode(layer), level: 1, positionInSet: position + 1, setSize: ordered.length, expanded: null }));
}

const NO_PARENT: ScopeNode = { kind: 'scope', key: '', label: '', parent: null, path: [], children: [], layers: [] };

function flatNode(layer: Layer): LayerNode {
  return { kind: 'layer', key: `L${layer.index}`, label: layer.name, parent: NO_PARENT, layer };
}

interface Ranked {
  readonly layer: Layer;
  readonly value: number;
}

function byText(layers: readonly Layer[], key: 'name' | 'op'): Ranked[] {
  const keyed = layers.map((layer) => ({ layer, value: 0, text: key === 'op' ? layer.op : naturalKey(layer) }));
  return keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : a.layer.index - b.layer.index));
}

const naturalKeys = new WeakMap<Layer, string>();

/** Orders `layer10` after `layer2`. Kept per layer: a collator takes a second for what this does in a few milliseconds. */
function naturalKey(layer: Layer): string {
  let key = naturalKeys.get(layer);
  if (key === undefined) {
    key = layer.name.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, '0'));
    naturalKeys.set(layer, key);
  }
  return key;
}

/** Sorts upwards; equal figures stay in execution order. */
function byNumber(layers: readonly Layer[], valueOf: (layer: Layer) => number | null): Ranked[] {
  const ranked = layers.map((layer) => ({ layer, value: valueOf(layer) ?? Number.NaN }));
  return ranked.sort((a, b) => (Number.isNaN(a.value) ? 1 : Number.isNaN(b.value) ? -1 : a.value - b.value) || a.layer.index - b.layer.index);
}

function numberOf(key: Exclude<SortKey, 'name' | 'op'>, options: RowOptions): (layer: Layer) => number | null {
  switch (key) {
    case 'parameters': return (layer) => layer.parameters;
    case 'weightBytes': return (layer) => layer.weightBytes;
    case 'macs': return (layer) => layer.macs;
    case 'sqnrDb': return (layer) => options.assessmentOf(layer.index)?.sqnrDb ?? null;
    case 'bytesAfter': return (layer) => options.assessmentOf(layer.index)?.bytesAfter ?? null;
  }
}
