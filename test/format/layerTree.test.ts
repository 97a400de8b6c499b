import { describe, expect, it } from 'vitest';
import { subtotalOf } from '../../src/format/layerTree';
import { makeLayers } from '../support/layers';

const nothingAssessed = (): undefined => undefined;

describe('the subtotal of a scope', () => {
  it('leaves out what the branch of an If that does not run would cost, as the totals do, and keeps what it stores', () => {
    const [taken, untaken] = makeLayers(['/if/then/MatMul', '/if/else/MatMul']) as [ReturnType<typeof makeLayers>[number], ReturnType<typeof makeLayers>[number]];
    const sum = subtotalOf([taken, { ...untaken, untaken: true }], nothingAssessed);
    expect(sum.macs).toBe(taken.macs);
    expect(sum.parameters).toBe(taken.parameters + untaken.parameters);
    expect(sum.weightBytes).toBe(taken.weightBytes + untaken.weightBytes);
    expect(subtotalOf([taken, { ...untaken, macs: null, untaken: true }], nothingAssessed).unknownMacs).toBe(0);
  });

  it('is unknown when all that is known is nothing', () => {
    const [first, second] = makeLayers(['/a/MatMul', '/a/Relu']) as [ReturnType<typeof makeLayers>[number], ReturnType<typeof makeLayers>[number]];
    expect(subtotalOf([{ ...first, macs: null }, { ...second, macs: 0 }], nothingAssessed)).toMatchObject({ macs: null, unknownMacs: 1 });
    expect(subtotalOf([{ ...first, macs: null }, { ...second, macs: 5 }], nothingAssessed)).toMatchObject({ macs: 5, unknownMacs: 1 });
    expect(subtotalOf([{ ...first, macs: 0 }], nothingAssessed)).toMatchObject({ macs: 0, unknownMacs: 0 });
  });
});
