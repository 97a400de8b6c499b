import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { node, valueInfo } from '../support/onnxBuilder';
import { analyzeParts } from './support';

type Dims = readonly (number | string)[];

function broadcast(...shapes: readonly Dims[]): readonly (number | string)[] | null {
  const { analysis } = analyzeParts({
    nodes: [node('Sum', shapes.map((_, index) => `x${String(index)}`), ['y'])],
    inputs: shapes.map((shape, index) => valueInfo(`x${String(index)}`, 'float', shape)),
    outputs: [valueInfo('y', 'float', null)],
  });
  return analysis.layers[0]!.outputShapes[0] ?? null;
}

/** NumPy's rule, axis by axis from the end: all extents there that are not 1 must be equal. */
function reference(shapes: readonly (readonly number[])[]): readonly number[] | null {
  const rank = Math.max(...shapes.map(({ length }) => length));
  const result: number[] = [];
  for (let fromEnd = 1; fromEnd <= rank; fromEnd += 1) {
    const extents = new Set(shapes.map((shape) => shape.at(-fromEnd) ?? 1).filter((extent) => extent !== 1));
    if (extents.size > 1) return null;
    result.unshift([...extents][0] ?? 1);
  }
  return result;
}

describe('broadcasting', () => {
  it('follows the rule for any shapes', () => {
    const shape = fc.array(fc.constantFrom(0, 1, 1, 2, 3), { maxLength: 4 });
    fc.assert(fc.property(fc.array(shape, { minLength: 1, maxLength: 4 }), (shapes) => {
      expect(broadcast(...shapes)).toEqual(reference(shapes));
    }), { numRuns: 300 });
  });

  it('keeps symbols, and lets a number above 1 decide beside one', () => {
    expect(broadcast(['batch', 1, 4], ['seq', 4])).toEqual(['batch', 'seq', 4]);
    expect(broadcast(['batch', 4], ['batch', 1])).toEqual(['batch', 4]);
    expect(broadcast(['batch'], [8])).toEqual([8]);
    expect(broadcast(['batch'], ['seq'])).toEqual(['max(batch,seq)']);
  });
});
