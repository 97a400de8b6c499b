import { describe, expect, it } from 'vitest';
import { buildTree, layersInRepetitions, pathOf, subtotalOf } from '../../src/format/layerTree';
import type { ScopeNode, TreeNode } from '../../src/format/layerTree';
import { makeLayers } from '../support/layers';

const nothingAssessed = (): undefined => undefined;

describe('the subtotal of a scope', () => {
  it('leaves out what the branch of an If that does not run would cost, as the totals do, and keeps what it stores', () => {
    const [taken, untaken] = makeLayers(['/if/then/MatMul', '/if/else/MatMul']) as [ReturnType<typeof makeLayers>[number], ReturnType<typeof makeLayers>[number]];
    const sum = subtotalOf([taken, { ...untaken, untaken: true }], nothingAssessed);
    expect(sum.macs).toBe(taken.macs);
    expect(sum.parameters).toBe(taken.parameters + untaken.parameters);
    expect(sum.weightBytes).toBe(taken.weightBytes + untaken.weightBytes);
    expect(subtotalOf([taken, { ...untaken, macs: null, untaken: true }], nothingAssessed).unknownMacs).toBe(0);
  });

  it('is unknown when all that is known is nothing', () => {
    const [first, second] = makeLayers(['/a/MatMul', '/a/Relu']) as [ReturnType<typeof makeLayers>[number], ReturnType<typeof makeLayers>[number]];
    expect(subtotalOf([{ ...first, macs: null }, { ...second, macs: 0 }], nothingAssessed)).toMatchObject({ macs: null, unknownMacs: 1 });
    expect(subtotalOf([{ ...first, macs: null }, { ...second, macs: 5 }], nothingAssessed)).toMatchObject({ macs: 5, unknownMacs: 1 });
    expect(subtotalOf([{ ...first, macs: 0 }], nothingAssessed)).toMatchObject({ macs: 0, unknownMacs: 0 });
  });
});

/** Keys are not compared: labels, and how often a row stands for the same. */
const outline = (node: ScopeNode): unknown => node.children.map((child: TreeNode) => (child.kind === 'layer' ? child.label : [child.repetitions > 1 ? `${child.label} ×${child.repetitions}` : child.label, outline(child)]));

describe('the tree of layers', () => {
  const encoder = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => [`/enc/layer.${String(index)}/a/MatMul`, `/enc/layer.${String(index)}/b/MatMul`]).flat();

  it('gathers the repetitions of a block in one row', () => {
    const layers = makeLayers(['/stem/MatMul', ...encoder(3), '/enc/norm/Relu']);
    const tree = buildTree(layers, [{ scope: ['enc'], first: 1, entries: 1, count: 3, layers: 2 }]);
    expect(outline(tree)).toEqual(['stem', ['enc', [['layer.0 … layer.2 ×3', [['layer.0', ['a', 'b']], ['layer.1', ['a', 'b']], ['layer.2', ['a', 'b']]]], 'norm']]]);
    const block = (tree.children[1] as ScopeNode).children[0] as ScopeNode;
    expect(block.layers.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5, 6]);
    expect([block.path, pathOf(block)]).toEqual([null, 'enc/layer.0 … layer.2']);
    expect(block.children.every(({ parent }) => parent === block)).toBe(true);
  });

  it('gathers layers without scopes, each repetition in a row of its own', () => {
    const layers = makeLayers(['MatMul_0', 'MatMul_1', 'Relu_2', 'MatMul_3', 'Relu_4', 'MatMul_5']);
    const tree = buildTree(layers, [{ scope: [], first: 1, entries: 2, count: 2, layers: 2 }]);
    expect(outline(tree)).toEqual(['MatMul_0', ['MatMul_1 … Relu_4 ×2', [['MatMul_1 … Relu_2', ['MatMul_1', 'Relu_2']], ['MatMul_3 … Relu_4', ['MatMul_3', 'Relu_4']]]], 'MatMul_5']);
    const keys: string[] = [];
    const open: TreeNode[] = [tree];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      keys.push(node.key);
      if (node.kind === 'scope') open.push(...node.children);
    }
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('leaves layers alone that are not as a block says', () => {
    const layers = makeLayers(['/a/MatMul', '/b/MatMul']);
    for (const block of [{ scope: [], first: 1, entries: 1, count: 2, layers: 1 }, { scope: ['c'], first: 0, entries: 1, count: 2, layers: 1 }, { scope: [], first: 7, entries: 1, count: 2, layers: 1 }]) {
      expect(outline(buildTree(layers, [block]))).toEqual(['a', 'b']);
    }
  });

  it('finds the layers at the same place in every repetition', () => {
    const layers = makeLayers(['/stem/MatMul', ...encoder(3)]);
    const tree = buildTree(layers, [{ scope: ['enc'], first: 1, entries: 1, count: 3, layers: 2 }]);
    const [stem, enc] = tree.children as [TreeNode, ScopeNode];
    const block = enc.children[0] as ScopeNode;
    const second = block.children[1] as ScopeNode;
    const found = (node: TreeNode): readonly number[] => layersInRepetitions(node).map(({ index }) => index);
    expect(found(second.children[1]!)).toEqual([2, 4, 6]);
    expect(found(second)).toEqual([1, 2, 3, 4, 5, 6]);
    expect([found(stem), found(enc), found(block), found(tree)]).toEqual([[], [], [], []]);
  });
});
