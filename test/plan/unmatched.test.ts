import { expect, it } from 'vitest';
import { newPlanText, planPathOf } from '../../src/plan/newPlan';
import { readPlan } from '../../src/plan/parsePlan';
import { MAX_COMPARISONS, unmatchedRules } from '../../src/plan/unmatched';
import { makeLayers } from '../support/layers';

const suggestions = (matches: readonly string[], names: readonly string[]): readonly (string | null)[] =>
  unmatchedRules({ version: 1, layers: matches.map((match) => ({ match })) }, makeLayers(names)).map(({ suggestion }) => suggestion);

const NAMES = ['/layer1/layer1.0/conv1/Conv', '/layer1/layer1.0/conv2/Conv', '/layer4/fc/Gemm'];

it('lists rules that match nothing, with the nearest name', () => {
  const layers = [{ match: '/layer4/fc/Gemm' }, { match: '/layer4/fc/Gem' }, { match: '/layer?/**' }, { match: 'xyz' }];
  expect(unmatchedRules({ version: 1, layers }, makeLayers(NAMES))).toEqual([
    { rule: 1, match: '/layer4/fc/Gem', suggestion: '/layer4/fc/Gemm' },
    { rule: 3, match: 'xyz', suggestion: null },
  ]);
  expect(unmatchedRules({ version: 1 }, makeLayers(NAMES))).toEqual([]);
});

it('suggests the glob for a scope and near globs for globs', () => {
  expect(suggestions(['/layer4', 'layer1/layer1.0/', '/layer5/**', '/Layer1/LAYER1.0/**'], NAMES)).toEqual(['/layer4/**', '/layer1/layer1.0/**', '/layer1/**', '/layer1/layer1.0/**']);
});

it('stops suggesting when that would take long', () => {
  const names = Array.from({ length: 50_000 }, (_, index) => `/very/long/prefix/of/a/layer/block${index}/attention/MatMul`);
  const within = MAX_COMPARISONS / names.length;
  const started = performance.now();
  const found = suggestions(Array(200).fill('/very/long/prefix/of/a/layer/block7x/attention/MatMul') as string[], names);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(found.slice(0, within).every((suggestion) => suggestion !== null)).toBe(true);
  expect(found.slice(within).every((suggestion) => suggestion === null)).toBe(true);
});

it('writes a fresh plan that reads back', () => {
  const text = newPlanText({ file: 'a "b".onnx', target: 'onnxruntime-cpu', weights: { bits: 4, granularity: { block: 32 } }, dimensions: { batch: 1 } });
  expect(readPlan(text, 'x')).toEqual({ version: 1, model: { file: 'a "b".onnx' }, target: 'onnxruntime-cpu', dimensions: { batch: 1 }, default: { weights: { bits: 4, granularity: { block: 32 } } }, layers: [] });
  expect(planPathOf('/m/resnet.onnx')).toBe('/m/resnet.nibble.json');
  expect(planPathOf('model.ONNX')).toBe('model.nibble.json');
  expect(planPathOf('weights.pb')).toBe('weights.pb.nibble.json');
});
