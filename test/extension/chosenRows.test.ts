import { describe, expect, it } from 'vitest';
import { chosenTarget } from '../../src/extension/commands/chosenRows';
import type { LayersView } from '../../src/extension/layersView';
import { buildTree } from '../../src/format/layerTree';
import type { TreeNode } from '../../src/format/layerTree';
import { LAYERS, Scene } from './support/scene';

const [stem, head] = buildTree(LAYERS).children as [TreeNode, TreeNode];

describe('what a command from a context menu is about', () => {
  const { active } = new Scene();
  const tree = { selection: [head] } as unknown as LayersView;

  it('is the row of the tree that it was called on, with the others when several are selected', () => {
    expect(chosenTarget(stem, undefined, tree, active)).toEqual({ kind: 'scope', scope: ['stem'] });
    expect(chosenTarget(stem, [stem, head], tree, active)).toEqual({ kind: 'layers', layers: [0, 1, 2, 3] });
  });

  it('is the selection of the page when it was called there, and of the tree when called on nothing', () => {
    active.selection = [2];
    expect(chosenTarget({ webview: 'nibble.model', nibbleRow: 'weights' }, undefined, tree, active)).toEqual({ kind: 'layers', layers: [2] });
    expect(chosenTarget(undefined, undefined, tree, active)).toEqual({ kind: 'scope', scope: ['head'] });
  });
});
