import { expect, it } from 'vitest';
import { unknownDimensions } from '../../src/plan/unknownDimensions';

const info = { dimensions: { batch: null, 'sequence length': 8 }, runtimeDimensions: { '/nms.0': null } };

it('knows the dimensions of inputs and those of run time', () => {
  expect(unknownDimensions({ batch: 1, 'sequence length': 2, '/nms.0': 3 }, info)).toEqual([]);
  expect(unknownDimensions({}, info)).toEqual([]);
});

it('names the others, with the nearest name that there is', () => {
  const known = ['batch', 'sequence length', '/nms.0'];
  expect(unknownDimensions({ Batch: 1, time: 1, batch: 1, constructor: 1 }, info)).toEqual([
    { name: 'Batch', suggestion: 'batch', known },
    { name: 'time', suggestion: null, known },
    { name: 'constructor', suggestion: null, known },
  ]);
  expect(unknownDimensions({ a: 1 }, { dimensions: {}, runtimeDimensions: {} })).toEqual([{ name: 'a', suggestion: null, known: [] }]);
});
