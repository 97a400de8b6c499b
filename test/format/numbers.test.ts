import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatEta } from '../../src/format/duration';
import { formatBytes, formatBytesFull, formatBytesNarrow, formatCount, formatDb, formatExact, formatPercent, formatRatio, formatSmall } from '../../src/format/numbers';

describe('figures', () => {
  it.each([
    [0, '0'],
    [512, '512'],
    [999, '999'],
    [1000, '1.00 k'],
    [25_600, '25.6 k'],
    [999_499, '999 k'],
    [999_500, '1.00 M'],
    [11_689_512, '11.7 M'],
    [1_814_073_344, '1.81 G'],
    [-2_500, '-2.50 k'],
    [12.345, '12.3'],
    [1e24, '1000000 E'],
  ])('counts %d as %s', (value, text) => {
    expect(formatCount(value)).toBe(text);
  });

  it('writes bytes in decimal units', () => {
    expect(formatBytes(46_827_520)).toBe('46.8 MB');
    expect(formatBytes(512)).toBe('512 B');
    expect(formatBytesNarrow(46_827_520)).toBe('46.8M');
    expect(formatBytesNarrow(25_600)).toBe('25.6K');
    expect(formatBytesNarrow(512)).toBe('512B');
    expect(formatBytesFull(46_827_520)).toBe('46.8 MB (46,827,520 bytes)');
    expect(formatBytesFull(999)).toBe('999 bytes');
    expect(formatExact(11_689_512)).toBe('11,689,512');
  });

  it('shows what is unknown as unknown', () => {
    for (const format of [formatCount, formatBytes, formatBytesNarrow, formatDb, formatSmall]) expect(format(null)).toBe('–');
  });

  it('writes errors and ratios', () => {
    expect(formatDb(41.87)).toBe('41.9 dB');
    expect(formatDb(-0.04)).toBe('0.0 dB');
    expect(formatDb(Infinity)).toBe('exact');
    expect(formatSmall(0)).toBe('0');
    expect(formatSmall(0.001234)).toBe('0.00123');
    expect(formatSmall(1.2e-7)).toBe('1.2e-7');
    expect(formatSmall(-2e30)).toBe('-2e30');
    expect(formatRatio(46_800_000, 11_900_000)).toBe('3.93×');
    expect(formatRatio(0, 0)).toBe('1×');
    expect(formatRatio(4, 0)).toBe('–');
    expect(formatPercent(0.254)).toBe('25.4 %');
  });

  it('keeps three digits of any count', () => {
    fc.assert(fc.property(fc.double({ min: 1, max: 1e20, noNaN: true }), (value) => {
      const [digits = '', unit = ''] = formatCount(value).split(' ');
      const factor = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 }[unit]!;
      expect(Math.abs(Number(digits) * factor - value) / value).toBeLessThanOrEqual(0.005000001);
    }), { seed: 1 });
  });
});

describe('times', () => {
  it.each([
    [0, '0.00 s'],
    [42, '0.04 s'],
    [2_345, '2.3 s'],
    [9_960, '10 s'],
    [65_000, '1 min 5 s'],
    [60_000, '1 min'],
    [7_380_000, '2 h 3 min'],
  ])('%d ms took %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it.each([
    [null, ''],
    [Infinity, ''],
    [1_000, 'a few seconds left'],
    [37_000, 'about 40 s left'],
    [100_000, 'about 2 min left'],
    [3_601_000, 'about 1 h 1 min left'],
  ])('%s ms to go reads "%s"', (milliseconds, text) => {
    expect(formatEta(milliseconds)).toBe(text);
  });
});
