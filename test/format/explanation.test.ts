import { describe, expect, it } from 'vitest';
import { explanationHover, MAX_TERMS_SHOWN } from '../../src/format/explanation';
import { conventionDescription, conventionFormula, countingText, weightUnitText } from '../../src/format/conventions';
import { CONVENTIONS } from '../../src/graph/cost/conventions';
import { STRICT_COUNTING } from '../../src/graph/counting';
import type { ExplainedTerm, Explanation } from '../../src/graph/explanation';

const explanation = (fields: Partial<Explanation>): Explanation => ({ figure: 'flops', layer: 0, name: '/conv/Conv', value: 0, unresolved: null, counting: STRICT_COUNTING, terms: [], ...fields });
const term = (fields: Partial<ExplainedTerm>): ExplainedTerm => ({ subject: '', role: 'products', factors: [], value: 0, note: null, ...fields });

describe('an explained figure', () => {
  it('shows the formula with the numbers put in, and the convention', () => {
    const { title, lines } = explanationHover(explanation({
      value: 231_211_008,
      terms: [
        term({ factors: [{ name: 'perMac', value: 2 }, { name: 'outputElements', value: 200_704 }, { name: 'channelsPerGroup', value: 64 }, { name: 'kernelElements', value: 9 }], value: 231_211_008 }),
      ],
    }));
    expect(title).toBe('/conv/Conv');
    expect(lines).toEqual([
      ['FLOPs', '231 M (231,211,008)'],
      ['multiply-accumulates', '2 for each multiply-accumulate × 200,704 output elements × 64 channels × 9 kernel positions = 231,211,008'],
      ['Convention', '2 × MACs + other operations'],
    ]);
  });

  it('shows symbols in brackets where they need them, and why the figure is not known', () => {
    const { lines } = explanationHover(explanation({
      figure: 'macs', value: null, unresolved: { reason: 'dimension "seq" is not set', blockedBy: 'x' },
      terms: [term({ factors: [{ name: 'outputElements', value: '2*seq+1' }, { name: 'sharedAxis', value: 8 }], value: '16*seq+8' })],
    }));
    expect(lines).toEqual([['MACs', '–'], ['multiply-accumulates', '(2*seq+1) output elements × 8 values of the shared axis = 16*seq+8'], ['Not known', 'dimension "seq" is not set']]);
  });

  it('says what constants are and what they take', () => {
    const parameters = explanationHover(explanation({ figure: 'parameters', value: 32, terms: [
      term({ subject: 'w', role: 'constant', factors: [{ name: 'elements', value: 4 }, { name: 'elements', value: 8 }], value: 32 }),
      term({ subject: 'mean', role: 'constant', factors: [{ name: 'elements', value: 4 }], value: 0, note: 'statistic' }),
    ] })).lines;
    expect(parameters.slice(1)).toEqual([['w', '4 × 8 = 32'], ['mean', '4 = 0 (a running statistic, not trained)']]);
    const bytes = explanationHover(explanation({ figure: 'weightBytes', value: 2_000, terms: [term({ subject: 'w', role: 'constant', factors: [{ name: 'elements', value: 4_000 }, { name: 'bytesPerElement', value: 0.5 }], value: 2_000 })] })).lines;
    expect(bytes).toEqual([['Weights', '2.00 kB (2,000 bytes)'], ['w', '4,000 × 0.5 bytes = 2.00 kB']]);
  });

  it('keeps a long sum short: the largest parts, and how many others', () => {
    const terms = Array.from({ length: 40 }, (_, index) => term({ subject: `Op${String(index)}`, role: 'operator', factors: [{ name: 'layers', value: 2 }], value: index }));
    const { lines } = explanationHover(explanation({ layer: null, figure: 'macs', value: 780, terms }));
    expect(lines).toHaveLength(1 + MAX_TERMS_SHOWN + 1);
    expect(lines[1]).toEqual(['Op39', '39 in 2 layers']);
    expect(lines.at(-1)).toEqual(['And', '28 more']);
  });
});

describe('a convention', () => {
  it('has words for itself and for the units of its weights', () => {
    for (const { id, weights } of CONVENTIONS) {
      expect(conventionFormula(id)).not.toBe('');
      expect(conventionDescription(id)).toMatch(/\.$/);
      for (const { per } of weights) expect(weightUnitText(per)).not.toBe('');
    }
  });

  it('names the weights that were set by hand', () => {
    expect(countingText({ convention: 'strict', weights: { Sigmoid: 1, 'Resize.linear': 7 } })).toBe('2 × MACs + other operations; Sigmoid = 1, Resize.linear = 7');
  });
});
