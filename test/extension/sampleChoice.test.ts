import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ModelDocument } from '../../src/extension/modelDocument';
import { fromPlan } from '../../src/extension/sampleChoice';
import { Scene } from './support/scene';

const setUp = async (): Promise<{ scene: Scene; document: ModelDocument }> => {
  const scene = new Scene();
  cpSync('media/sample/samples.npz', scene.path('samples.npz'));
  return { scene, document: await scene.open() };
};

describe('SampleChoice', () => {
  it('takes samples beside a model when they have an array for each of its inputs', async () => {
    const { scene, document } = await setUp();
    await scene.samples.lookBeside(document.modelUri, ['tokens']);
    expect(scene.samples.of(document)).toBeNull();
    expect(scene.samples.unnamed(document)).toBeUndefined();
    await scene.samples.lookBeside(document.modelUri, ['image']);
    expect(scene.samples.of(document)).toBe(scene.path('samples.npz'));
    expect(scene.samples.shown(document)).toBe('samples.npz');
    expect(scene.samples.unnamed(document)).toBe('samples.npz');
  });

  it('prefers what the plan names, and random inputs that were chosen', async () => {
    const { scene, document } = await setUp();
    await scene.samples.lookBeside(document.modelUri, ['image']);
    await scene.samples.preferRandom(document.modelUri, true);
    expect(scene.samples.of(document)).toBeNull();
    scene.editing.setSamples(document, '../data/*.npz');
    expect(scene.samples.of(document)).toBe(join(scene.folder, '..', 'data', '*.npz'));
    expect(scene.samples.unnamed(document)).toBeUndefined();
    scene.editing.setSamples(document, scene.path('mine'));
    expect(scene.samples.of(document)).toBe(scene.path('mine'));
  });

  it('is named from the folder of the plan', () => {
    const scene = new Scene();
    const plan = scene.uri('net.nibble.json');
    expect(['samples.npz', 'sets/a b/1.npz', '../other', '.'].map((name) => fromPlan(plan, scene.uri(name)))).toEqual(['samples.npz', 'sets/a b/1.npz', '../other', '.']);
    expect(fromPlan(plan.with({ scheme: 'vscode-vfs' }), scene.uri('samples.npz'))).toBe(scene.path('samples.npz'));
  });

  it('passes over a file that is no archive', async () => {
    const { scene, document } = await setUp();
    writeFileSync(scene.path('samples.npz'), 'text');
    await scene.samples.lookBeside(document.modelUri, ['image']);
    expect(scene.samples.of(document)).toBeNull();
  });
});
