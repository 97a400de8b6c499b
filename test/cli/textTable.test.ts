import { describe, expect, it } from 'vitest';
import { displayWidth, shorten } from '../../src/format/displayWidth';
import { styleFor } from '../../src/cli/style';
import { textTable, type TextColumn } from '../../src/cli/textTable';

const plain = styleFor({}, {});
type Row = readonly [string, string, string];
const columns: readonly TextColumn<Row>[] = [
  { title: 'Name', align: 'left', dispensable: 0, text: ([name]) => name },
  { title: 'Kind', align: 'left', dispensable: 1, text: ([, kind]) => kind },
  { title: 'Size', align: 'right', dispensable: 0, text: ([, , size]) => size },
];
const rows: readonly Row[] = [['/a/quite/long/name/of/a/layer', 'Conv', '1'], ['深度學習', 'MatMul', '1,234'], ['x\u001b[2J', '', '7']];

describe('a text table', () => {
  it('aligns columns by the width that a terminal shows', () => {
    const lines = textTable(columns, rows, { width: Infinity, style: plain, footer: [['sum', '', '8']] }).split('\n');
    expect(lines).toEqual([
      'Name                           Kind     Size',
      '─'.repeat(44),
      '/a/quite/long/name/of/a/layer  Conv        1',
      '深度學習                       MatMul  1,234',
      'x\\u{1b}[2J                                 7',
      '─'.repeat(44),
      'sum                                        8',
      '',
    ]);
  });

  it('shortens names and leaves columns out when the terminal is narrow', () => {
    for (const width of [30, 24, 16]) {
      for (const line of textTable(columns, rows, { width, style: plain }).split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(width, 23));
    }
    expect(textTable(columns, rows, { width: 26, style: plain })).not.toContain('Conv');
    expect(textTable(columns, rows, { width: 40, style: plain })).toContain('/a/quite/long…name/of/a/layer'.slice(0, 8));
  });

  it('shortens what is longer than its column may be', () => {
    const limited = [columns[0]!, { ...columns[1]!, maxWidth: 4 }];
    expect(textTable(limited, [['a', 'MatMulInteger', '']], { width: Infinity, style: plain }).split('\n')[2]).toBe('a     Ma…r');
  });

  it('draws 50,000 rows within seconds', () => {
    const many = Array.from({ length: 50_000 }, (_, index): Row => [`/block/${index}`, 'Conv', String(index)]);
    const started = performance.now();
    textTable(columns, many, { width: 80, style: plain });
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

it('cuts the middle out of long texts', () => {
  expect(shorten('abcdefghij', 10)).toBe('abcdefghij');
  expect(shorten('abcdefghij', 7)).toBe('abc…hij');
  expect(shorten('深度學習深度學習', 7)).toBe('深度…習');
  expect(displayWidth('a\u0301😀')).toBe(3);
});

it('colours terminals only, and never against NO_COLOR', () => {
  expect(styleFor({ isTTY: true }, {}).bold('a')).toBe('\u001b[1ma\u001b[22m');
  for (const [stream, environment] of [[{}, {}], [{ isTTY: true }, { NO_COLOR: '1' }], [{ isTTY: true }, { TERM: 'dumb' }]] as const) expect(styleFor(stream, environment).bold('a')).toBe('a');
  expect(styleFor({ isTTY: true }, { NO_COLOR: '' }).bold('a')).not.toBe('a');
});
