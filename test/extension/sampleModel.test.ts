import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sampleModel } from '../../src/extension/sampleModel';
import { Scene } from './support/scene';

it('copies the sample once, renews it when an update brings another, and leaves what a person made', async () => {
  const scene = new Scene();
  mkdirSync(scene.path('extension/media/sample'), { recursive: true });
  writeFileSync(scene.path('extension/media/sample/lenet5.onnx'), 'first');
  const copy = scene.path('storage/sample/lenet5.onnx');
  expect((await sampleModel(scene.services.context)).fsPath).toBe(copy);
  const { mtimeMs } = statSync(copy);
  writeFileSync(scene.path('storage/sample/lenet5.nibble.json'), 'a plan');
  await sampleModel(scene.services.context);
  expect(statSync(copy).mtimeMs).toBe(mtimeMs);
  writeFileSync(scene.path('extension/media/sample/lenet5.onnx'), 'other');
  await sampleModel(scene.services.context);
  expect(readFileSync(copy, 'utf8')).toBe('other');
  expect(readFileSync(scene.path('storage/sample/lenet5.nibble.json'), 'utf8')).toBe('a plan');
});
