import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardActivations, guardDetail, guardDimension, guardEdit, guardExplain, guardFloatActivations, guardHover, guardLayer, guardLayers, guardRows, guardScheme, guardText, MAX_LAYERS_IN_MESSAGE, MAX_ROWS_IN_MESSAGE, MAX_SCOPE_IN_MESSAGE, MAX_TEXT_IN_MESSAGE } from '../../src/extension/editorGuards';
import { NibbleError } from '../../src/errors';
import type { Granularity, RangeMethod, WeightBits } from '../../src/quant/scheme';

const granularity = fc.oneof(fc.constantFrom<Granularity>('tensor', 'channel'), fc.integer({ min: 16, max: 256 }).map((block) => ({ block })));
const scheme = fc.oneof(
  fc.constant({ kind: 'float' as const }),
  fc.constant({ kind: 'float16' as const }),
  fc.record({ kind: fc.constant('integer' as const), bits: fc.constantFrom<WeightBits>(2, 4, 8, 16), signed: fc.boolean(), symmetric: fc.boolean(), granularity, range: fc.constantFrom<RangeMethod>('minmax', 'mse') }),
);
const index = fc.nat();

describe('the guards of messages from the page', () => {
  it('let every edit of the contract pass unchanged', () => {
    const target = fc.oneof(fc.record({ kind: fc.constant('layers' as const), layers: fc.array(index) }), fc.record({ kind: fc.constant('scope' as const), scope: fc.array(fc.string()) }), fc.constant({ kind: 'model' as const }));
    fc.assert(fc.property(target, fc.option(scheme), (to, wanted) => {
      expect(guardEdit({ target: to, scheme: wanted })).toEqual({ target: to, scheme: wanted });
    }));
  });

  it('let a layer and a scope be hovered, each alone', () => {
    expect(guardHover({ layer: 3 })).toEqual({ layer: 3 });
    expect(guardHover({ scope: ['a', ''], layer: 3 })).toEqual({ scope: ['a', ''] });
    expect(guardHover({ title: 'layer.0 … layer.3', layers: [3, 4], more: 1 })).toEqual({ title: 'layer.0 … layer.3', layers: [3, 4] });
    for (const wrong of [{ layer: -1 }, { scope: 'a' }, { scope: [1] }, { layers: [1] }, { title: 'a', layers: [-1] }, {}]) expect(() => guardHover(wrong)).toThrow(NibbleError);
  });

  it('let figures of layers and of the model be explained', () => {
    expect(guardExplain({ layer: 3, figure: 'macs' })).toEqual({ layer: 3, figure: 'macs' });
    expect(guardExplain({ layer: null, figure: 'intensity', more: 1 })).toEqual({ layer: null, figure: 'intensity' });
    for (const wrong of [{ layer: 3 }, { layer: 3, figure: 'toString' }, { figure: 'macs' }, { layer: -1, figure: 'macs' }]) expect(() => guardExplain(wrong)).toThrow(NibbleError);
  });

  it('let what activations become pass, for the model and for layers', () => {
    for (const format of ['float', 'uint8', 'int16']) expect(guardActivations({ format, more: 1 })).toBe(format);
    expect(guardFloatActivations({ target: { kind: 'layers', layers: [2] }, float: false })).toEqual({ target: { kind: 'layers', layers: [2] }, float: false });
    for (const wrong of [{ format: 'int4' }, { format: null }, {}]) expect(() => guardActivations(wrong)).toThrow(NibbleError);
    for (const wrong of [{ target: { kind: 'model' } }, { target: {}, float: true }]) expect(() => guardFloatActivations(wrong)).toThrow(NibbleError);
  });

  it('refuse anything else with an error of ours and never with another', () => {
    const guards = [guardActivations, guardEdit, guardFloatActivations, guardExplain, guardHover, guardLayers, guardRows, guardLayer, guardDetail, guardDimension, guardScheme, (value: unknown) => guardText(value, 'key')];
    fc.assert(fc.property(fc.anything(), fc.constantFrom(...guards), (value, guard) => {
      try {
        guard(value);
      } catch (error) {
        expect(NibbleError.is(error, 'invalid-argument')).toBe(true);
      }
    }), { numRuns: 2000 });
  });

  it('drop fields that are not part of the contract', () => {
    expect(guardScheme({ kind: 'float', __proto__: { evil: 1 }, more: 2 })).toEqual({ kind: 'float' });
  });

  it.each([
    ['a block below the least', { block: 15 }],
    ['a block above the most', { block: 257 }],
    ['a block that is no number', { block: '32' }],
    ['another word', 'row'],
  ])('refuse %s', (_name, wrong) => {
    expect(() => guardScheme({ kind: 'integer', bits: 8, signed: true, symmetric: true, granularity: wrong, range: 'minmax' })).toThrow(/granularity|block/);
  });

  it('refuse negative, broken and huge layer numbers', () => {
    for (const layer of [-1, 0.5, NaN, Infinity, 2 ** 53, '1', null]) expect(() => guardLayer({ layer })).toThrow(NibbleError);
    expect(guardLayer({ layer: 0 })).toBe(0);
  });

  it('hold their limits', () => {
    expect(guardLayers({ layers: new Array<number>(MAX_LAYERS_IN_MESSAGE).fill(0) })).toHaveLength(MAX_LAYERS_IN_MESSAGE);
    expect(() => guardLayers({ layers: new Array<number>(MAX_LAYERS_IN_MESSAGE + 1).fill(0) })).toThrow(NibbleError);
    expect(guardText({ key: 'x'.repeat(MAX_TEXT_IN_MESSAGE) }, 'key')).toHaveLength(MAX_TEXT_IN_MESSAGE);
    expect(() => guardText({ key: 'x'.repeat(MAX_TEXT_IN_MESSAGE + 1) }, 'key')).toThrow(NibbleError);
    const scope = (depth: number): unknown => ({ target: { kind: 'scope', scope: new Array<string>(depth).fill('a') }, scheme: null });
    expect(guardEdit(scope(MAX_SCOPE_IN_MESSAGE)).scheme).toBeNull();
    expect(() => guardEdit(scope(MAX_SCOPE_IN_MESSAGE + 1))).toThrow(NibbleError);
    expect(guardRows({ start: 0, count: 1e9 })).toEqual({ start: 0, count: MAX_ROWS_IN_MESSAGE });
  });
});
