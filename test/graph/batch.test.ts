import { expect, it } from 'vitest';
import { batchDimensions } from '../../src/graph/batch';
import type { ModelInfo, ModelInput } from '../../src/graph/layer';
import { fakeAnalysis } from '../engine/support/fakeAnalysis';

function model(inputs: readonly ModelInput['shape'][], dimensions: ModelInfo['dimensions']): ModelInfo {
  return { ...fakeAnalysis('m.onnx', 0).model, inputs: inputs.map((shape, index) => ({ name: `x${index}`, dataType: 'float', shape })), dimensions };
}

it.each([
  ['a free symbol in front', [['batch', 3, 'h', 'w']], { batch: null, h: null, w: null }, { batch: 1 }],
  ['each of several inputs', [['n', 4], ['m', 4], ['n', 2]], { n: null, m: null }, { n: 1, m: 1 }],
  ['nothing where it is set already', [['batch', 3]], { batch: 8 }, {}],
  ['nothing for numbers, scalars and unknown shapes', [[1, 3], [], null], {}, {}],
  ['nothing for an expression of symbols', [['2*seq', 3]], { seq: null }, {}],
] as const)('sets %s', (_name, shapes, dimensions, expected) => {
  expect(batchDimensions(model(shapes, dimensions))).toEqual(expected);
});
