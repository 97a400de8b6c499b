import type { Call } from '../call';
import { product } from '../dim';
import type { ProductRule, ProductRules, Term } from './rule';
import { factor } from './rule';

/** Rows of a table of features [N, F], or the one row [F]. */
export function rowsFactor(call: Call): Term[number] | null {
  const x = call.shape(0);
  return x && factor('rows', product(x.slice(0, -1)));
}

/** Every row is multiplied with every number of these attributes: coefficients of lines and, for machines with kernels, support vectors. */
function timesAttributes(...names: readonly string[]): ProductRule {
  return (call) => {
    const rows = rowsFactor(call);
    const numbers = names.reduce((sum, name) => sum + (call.floats(name)?.length ?? 0), 0);
    return rows && [[rows, factor('coefficients', numbers)]];
  };
}

/** Multiply-accumulates of the operators of ai.onnx.ml. */
export const CLASSICAL_PRODUCTS: ProductRules = {
  LinearClassifier: timesAttributes('coefficients'),
  LinearRegressor: timesAttributes('coefficients'),
  SVMClassifier: timesAttributes('support_vectors', 'coefficients'),
  SVMRegressor: timesAttributes('support_vectors', 'coefficients'),
};

/** The longest way through each tree, summed over the trees: comparisons, and one addition at the leaf. Null for nodes that form no trees. */
export function longestPaths(call: Call): number | null {
  return call.op === 'TreeEnsemble' ? pathsOfRoots(call) : pathsOfNamedNodes(call);
}

/** Trees of nodes by number. */
interface Forest {
  readonly roots: readonly number[];
  /** The nodes behind node `at`, none for a leaf; a number that no node has stands for a leaf, too. */
  readonly children: (at: number) => readonly number[];
  readonly size: number;
}

/** Null when the way through the trees takes more steps than there are nodes: then they are none. */
function pathsOf({ roots, children, size }: Forest): number | null {
  let total = 0;
  let visits = 0;
  for (const root of roots) {
    let longest = 0;
    const open: (readonly [number, number])[] = [[root, 1]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [at, depth] = next;
      if (depth > longest) longest = depth;
      if (at < 0 || at >= size) continue;
      visits += 1;
      if (visits > size) return null;
      for (const child of children(at)) open.push([child, depth + 1]);
    }
    total += longest;
  }
  return total;
}

const LEAF = -1;

const NONE: readonly number[] = [];

/** TreeEnsemble (since version 5 of the domain): children are numbers of nodes, or of leaves where the flag beside them says so. */
function pathsOfRoots(call: Call): number | null {
  const [roots, yes, no] = [call.ints('tree_roots'), call.ints('nodes_truenodeids'), call.ints('nodes_falsenodeids')];
  const [yesLeaf, noLeaf] = [call.ints('nodes_trueleafs'), call.ints('nodes_falseleafs')];
  if (roots === null || yes === null || no === null) return null;
  return pathsOf({ roots, children: (at) => [yesLeaf?.[at] === 1 ? LEAF : (yes[at] ?? LEAF), noLeaf?.[at] === 1 ? LEAF : (no[at] ?? LEAF)], size: yes.length });
}

/** TreeEnsembleClassifier and -Regressor: nodes are numbered within each tree; the first of a tree is its root. */
function pathsOfNamedNodes(call: Call): number | null {
  const [trees, ids, yes, no] = [call.ints('nodes_treeids'), call.ints('nodes_nodeids'), call.ints('nodes_truenodeids'), call.ints('nodes_falsenodeids')];
  const modes = call.attribute('nodes_modes');
  if (trees === null || ids === null || yes === null || no === null || modes?.kind !== 'strings') return null;
  // By tree and then by number: ensembles have hundreds of thousands of nodes.
  const places = new Map<number, Map<number, number>>();
  const roots: number[] = [];
  trees.forEach((tree, at) => {
    const own = places.get(tree);
    if (own === undefined) {
      roots.push(at);
      places.set(tree, new Map([[ids[at] ?? -1, at]]));
    } else own.set(ids[at] ?? -1, at);
  });
  const placeOf = (at: number, id: number | undefined): number => places.get(trees[at]!)!.get(id ?? -1) ?? LEAF;
  return pathsOf({ roots, children: (at) => (modes.value[at] === 'LEAF' ? NONE : [placeOf(at, yes[at]), placeOf(at, no[at])]), size: trees.length });
}
