import type { CancellationToken, TreeItem } from 'vscode';
import { describe, expect, it, vi } from 'vitest';
import type { ShowsModel } from '../../src/extension/activeModel';
import { LayersView, MAX_CHILDREN_SHOWN } from '../../src/extension/layersView';
import { chosenRepetitions } from '../../src/extension/commands/chosenRows';
import type { ModelDocument } from '../../src/extension/modelDocument';
import { fakeLayer } from '../engine/support/fakeAnalysis';
import { INT4 } from './support/pretendEngine';
import { Scene } from './support/scene';

type Row = Parameters<LayersView['getTreeItem']>[0];

/** The tree as a person would read it: one line a row, two spaces a level. */
function drawing(view: LayersView, node?: Row, indent = ''): string {
  return view
    .getChildren(node)
    .map((child) => {
      const item = view.getTreeItem(child);
      const mark = child.kind === 'scope' ? '▸ ' : '';
      return `${indent}${mark}${item.label as string}  ${String(item.description)}\n${drawing(view, child, `${indent}  `)}`;
    })
    .join('');
}

const token = { isCancellationRequested: false } as CancellationToken;

async function shown(scene = new Scene()): Promise<{ readonly scene: Scene; readonly view: LayersView; readonly document: ModelDocument; readonly panel: ShowsModel }> {
  const view = new LayersView(scene.active);
  const document = await scene.open();
  const panel = { document, reveal: () => undefined };
  scene.active.activate(document, panel);
  return { scene, view, document, panel };
}

describe('LayersView', () => {
  it('shows scopes with subtotals and layers with format and error', async () => {
    const { view } = await shown();
    expect(`\n${drawing(view)}`).toBe(`
▸ stem  int8 · channel · lowest 48.0 dB · 1.02 kB → 256 B
  conv  Conv · int8 · channel · 48.0 dB
  Relu  Relu
▸ head  int8 · channel · lowest 48.0 dB · 2.05 kB → 512 B
  fc1  Gemm · int8 · channel · 48.0 dB
  fc2  Gemm · int8 · channel · 48.0 dB
`);
  });

  it('follows each edit', async () => {
    const { view, scene, document } = await shown();
    const refreshed = vi.fn();
    view.onDidChangeTreeData(refreshed);
    scene.editing.setScheme(document, { kind: 'layers', layers: [3] }, INT4);
    await vi.waitFor(() => { expect(refreshed).toHaveBeenCalled(); });
    expect(drawing(view)).toContain('▸ head  mixed · lowest 24.0 dB · 2.05 kB → 384 B');
  });

  it('draws only what changed', async () => {
    const { view, scene, document } = await shown();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const events: unknown[] = [];
    view.onDidChangeTreeData((rows) => events.push(rows));
    scene.editing.setScheme(document, { kind: 'layers', layers: [3] }, INT4);
    await vi.waitFor(() => { expect(events).toEqual([[view.getChildren()[1]]]); });
  });

  it.each([MAX_CHILDREN_SHOWN, MAX_CHILDREN_SHOWN + 1])('cuts a list of %i rows at its limit and says so', async (count) => {
    const layers = Array.from({ length: count }, (_, index) => fakeLayer(index, `Conv_${index}`));
    const { view } = await shown(new Scene(layers));
    const rows = view.getChildren();
    expect(rows).toHaveLength(count === MAX_CHILDREN_SHOWN ? count : MAX_CHILDREN_SHOWN + 1);
    if (count > MAX_CHILDREN_SHOWN) expect(view.getTreeItem(rows.at(-1)!).label).toBe('1 more in the editor');
  });

  it('is empty without a model', async () => {
    const { view, scene, panel } = await shown();
    scene.active.closed(panel);
    expect(drawing(view)).toBe('');
  });

  it('makes the tooltip when the pointer rests, with the error of this and of other formats', async () => {
    const { view } = await shown();
    const scope = view.getChildren()[1]!;
    const layer = view.getChildren(scope)[0]!;
    const item: TreeItem = view.getTreeItem(layer);
    expect(item.tooltip).toBeUndefined();
    const { value } = (await view.resolveTreeItem(item, layer, token)).tooltip as { value: string };
    expect(value).toContain('**\\/head\\/fc1\\/Gemm**');
    expect(value).toMatch(/Weight error \| 48\\\.0 dB/);
    expect(value).toMatch(/As int4 · block 32 \| 24\\\.0 dB/);
    expect(value).not.toContain('int2');
    expect(value).toMatch(/computed over all 256 weights/);
  });

  it('tells rows with weights from others, for the context menu, and speaks whole sentences to a screen reader', async () => {
    const { view } = await shown();
    const stem = view.getChildren()[0]!;
    const items = [stem, ...view.getChildren(stem)].map((node) => view.getTreeItem(node));
    expect(items.map(({ contextValue }) => contextValue)).toEqual(['scope.weights', 'layer.weights', 'layer']);
    expect(items[1]!.accessibilityInformation?.label).toBe('/stem/conv/Conv, Conv · int8 · channel · 48.0 dB');
    expect(view.getParent(view.getChildren(stem)[0]!)).toBe(stem);
    expect(view.getParent(stem)).toBeUndefined();
  });

  it('gathers the repetitions of a block, and knows the same layers in all of them', async () => {
    const scene = new Scene();
    scene.engine.blocks = [{ scope: ['head'], first: 2, entries: 1, count: 2, layers: 1 }];
    const { view } = await shown(scene);
    const block = view.getChildren(view.getChildren()[1])[0]!;
    expect(view.getTreeItem(block)).toMatchObject({ label: 'fc1 … fc2', description: expect.stringMatching(/^× 2 · /) as string, contextValue: 'scope.weights' });
    const [first] = view.getChildren(block);
    expect(view.getTreeItem(first!).contextValue).toBe('layer.repeated.weights');
    const { active } = scene;
    expect(chosenRepetitions(first, view, active)).toEqual([2, 3]);
    expect(chosenRepetitions(block, view, active)).toEqual([]);
    expect(chosenRepetitions(undefined, view, active)).toEqual([]);
    // From a row of the page it is about what is selected there.
    active.selection = [0, 3];
    expect(chosenRepetitions({ nibbleRow: 'weights', nibbleRepeated: true }, view, active)).toEqual([2, 3]);
  });
});
