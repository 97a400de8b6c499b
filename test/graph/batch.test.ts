import { expect, it } from 'vitest';
import { batchDimensions } from '../../src/graph/batch';
import type { DeclaredDim, ValueInfo } from '../../src/onnx/model';

const inputs = (shapes: readonly (readonly DeclaredDim[] | null)[]): readonly ValueInfo[] =>
  shapes.map((shape, index) => ({ name: `x${index}`, type: { kind: 'tensor', elementType: 'float', shape } }));

it.each([
  ['a free symbol in front', [['batch', 3, 'h', 'w']], {}, { batch: 1 }],
  ['each of several inputs', [['n', 4], ['m', 4], ['n', 2]], {}, { n: 1, m: 1 }],
  ['a dimension without a name', [[null, 4], [-1, 2]], {}, { 'x0.0': 1, 'x1.0': 1 }],
  ['nothing where it is set already', [['batch', 3]], { batch: 8 }, {}],
  ['nothing for numbers, scalars and unknown shapes', [[1, 3], [], null], {}, {}],
] as const)('sets %s', (_name, shapes, dimensions, expected) => {
  expect(batchDimensions(inputs(shapes), dimensions)).toEqual(expected);
});

it('sets nothing for a sequence', () => {
  expect(batchDimensions([{ name: 'x', type: { kind: 'sequence', element: { kind: 'tensor', elementType: 'float', shape: ['batch'] } } }], {})).toEqual({});
});
