import { cpSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Scene } from './support/scene';

describe('SampleChoice', () => {
  it('takes samples beside a model when they have an array for each of its inputs', async () => {
    const scene = new Scene();
    const model = scene.uri('net.onnx');
    cpSync('media/sample/samples.npz', scene.path('samples.npz'));
    await scene.samples.lookBeside(model, ['tokens']);
    expect(scene.samples.of(model)).toBeNull();
    await scene.samples.lookBeside(model, ['image']);
    expect(scene.samples.of(model)).toBe(scene.path('samples.npz'));
    expect(scene.samples.shown(model)).toBe('samples.npz');
  });

  it('prefers what was chosen, also when that is random inputs', async () => {
    const scene = new Scene();
    const model = scene.uri('net.onnx');
    cpSync('media/sample/samples.npz', scene.path('samples.npz'));
    await scene.samples.lookBeside(model, ['image']);
    await scene.samples.choose(model, null);
    expect(scene.samples.of(model)).toBeNull();
    await scene.samples.choose(model, scene.uri('mine'));
    expect(scene.samples.of(model)).toBe(scene.path('mine'));
  });

  it('passes over a file that is no archive', async () => {
    const scene = new Scene();
    writeFileSync(scene.path('samples.npz'), 'text');
    await scene.samples.lookBeside(scene.uri('net.onnx'), ['image']);
    expect(scene.samples.of(scene.uri('net.onnx'))).toBeNull();
  });
});
