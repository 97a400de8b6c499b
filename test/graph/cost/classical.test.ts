import { describe, expect, it } from 'vitest';
import { floats, int, ints, node, texts, valueInfo } from '../../support/onnxBuilder';
import type { NodeParts } from '../../support/onnxBuilder';
import { analyzeParts, row } from '../support';

const counted = (op: string, attributes: NonNullable<NodeParts['attributes']>) => row(analyzeParts({
  nodes: [node(op, ['x'], ['y'], { name: 'layer', domain: 'ai.onnx.ml', attributes })],
  inputs: [valueInfo('x', 'float', [7, 3])],
  outputs: [{ name: 'y' }],
}, { opsets: { '': 21, 'ai.onnx.ml': 5 } }).analysis, 'layer');

/** A tree of three leaves, one of them right below the root, and one of a single leaf. */
const forest = {
  nodes_treeids: ints(0, 0, 0, 0, 0, 1),
  nodes_nodeids: ints(0, 1, 2, 3, 4, 0),
  nodes_modes: texts('BRANCH_LEQ', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF', 'LEAF'),
  nodes_truenodeids: ints(1, 0, 3, 0, 0, 0),
  nodes_falsenodeids: ints(2, 0, 4, 0, 0, 0),
  n_targets: int(1),
};

describe('classical models', () => {
  it('multiply every row with the coefficients, and with support vectors', () => {
    expect(counted('LinearRegressor', { coefficients: floats(1, 2, 3, 4, 5, 6), targets: int(2) })).toMatchObject({ macs: 7 * 6, flops: 2 * 7 * 6, unresolved: null });
    expect(counted('SVMRegressor', { coefficients: floats(1, 2), support_vectors: floats(1, 2, 3, 4, 5, 6) })).toMatchObject({ macs: 7 * 8 });
  });

  it('walk the longest way through every tree', () => {
    // Root, inner node and leaf; the leaf that is a tree.
    expect(counted('TreeEnsembleRegressor', forest)).toMatchObject({ macs: 0, flops: 7 * (3 + 1), unresolved: null });
    expect(counted('TreeEnsembleClassifier', { ...forest, classlabels_int64s: ints(0, 1) })).toMatchObject({ flops: 7 * 4 });
  });

  it('walk trees whose leaves have numbers of their own', () => {
    const tree = { tree_roots: ints(0), nodes_truenodeids: ints(0, 1), nodes_falsenodeids: ints(1, 2), nodes_trueleafs: ints(1, 1), nodes_falseleafs: ints(0, 1), n_targets: int(1) };
    expect(counted('TreeEnsemble', tree)).toMatchObject({ flops: 7 * 3, unresolved: null });
  });

  it('take no time for nodes that form no trees', () => {
    const circle = { ...forest, nodes_truenodeids: ints(0, 0, 0, 0, 0, 0) };
    expect(counted('TreeEnsembleRegressor', circle)).toMatchObject({ flops: null, unresolved: { reason: 'TreeEnsembleRegressor: its nodes do not form trees' } });
    expect(counted('TreeEnsembleRegressor', { n_targets: int(1) })).toMatchObject({ flops: null });
  });
});
