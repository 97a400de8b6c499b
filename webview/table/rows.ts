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
 * layers that match and the scopes above them, and opens those scopes. `flat`: the layers as rows of a ranking.
 */
export function visibleRows(root: ScopeNode, flat: readonly LayerNode[], options: RowOptions): readonly Row[] {
  if (options.sort !== null) return sortedRows(flat, options.sort, options);
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

function sortedRows(nodes: readonly LayerNode[], sort: Sort, options: RowOptions): readonly Row[] {
  const { matches } = options;
  const wanted = matches === null ? nodes : nodes.filter(({ layer }) => matches(layer));
  const up = sort.descending ? -1 : 1;
  const ordered = sort.key === 'name' || sort.key === 'op' ? byText(wanted, sort.key, up) : byNumber(wanted, numberOf(sort.key, options), up);
  return ordered.map((node, position) => ({ node, level: 1, positionInSet: position + 1, setSize: ordered.length, expanded: null }));
}

function byText(nodes: readonly LayerNode[], key: 'name' | 'op', up: 1 | -1): readonly LayerNode[] {
  const keyed = nodes.map((node) => ({ node, text: key === 'op' ? node.layer.op : naturalKey(node.layer) }));
  keyed.sort((a, b) => (a.text < b.text ? -up : a.text > b.text ? up : a.node.layer.index - b.node.layer.index));
  return keyed.map(({ node }) => node);
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

/** Equal figures stay in execution order; layers without the figure stand last in both directions. */
function byNumber(nodes: readonly LayerNode[], valueOf: (layer: Layer) => number | null, up: 1 | -1): readonly LayerNode[] {
  // Ranks apart from the rows: a ranking has to fit into one frame.
  const ranks = Float64Array.from(nodes, ({ layer }) => {
    const value = valueOf(layer);
    // An exact weight has an infinite figure, which still is one.
    return value === null ? Number.POSITIVE_INFINITY : up * Math.min(value, Number.MAX_VALUE);
  });
  const order = Uint32Array.from(nodes.keys()).sort((a, b) => (ranks[a]! === ranks[b]! ? a - b : ranks[a]! - ranks[b]!));
  return Array.from(order, (position) => nodes[position]!);
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
