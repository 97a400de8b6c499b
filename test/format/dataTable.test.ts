import { expect, test } from 'vitest';
import { toCsv } from '../../src/format/dataTable';
import type { Column } from '../../src/format/dataTable';

interface Row {
  readonly name: string;
  readonly value: number | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'Name', field: 'name', align: 'left', text: ({ name }) => name, value: ({ name }) => name },
  { title: 'Value', field: 'value', align: 'right', text: ({ value }) => String(value), value: ({ value }) => value },
];

const cellsOf = (name: string, value: number | null): string => toCsv(COLUMNS, [{ name, value }]).split('\r\n')[1]!;

test.each([
  ['=HYPERLINK("http://x")', '"\'=HYPERLINK(""http://x"")",1'],
  ['+1', "'+1,1"],
  ['-conv', "'-conv,1"],
  ['@sum', "'@sum,1"],
  ['\t=1', "'\t=1,1"],
  ['\r=1', '"\'\r=1",1'],
])('the name %j cannot be taken for a formula', (name, expected) => {
  // Not split at line ends: one of the names holds a part of one.
  expect(toCsv(COLUMNS, [{ name, value: 1 }])).toBe(`name,value\r\n${expected}\r\n`);
});

test('other names and numbers are as they are', () => {
  expect(cellsOf('/layer=1/conv-2', -0.5)).toBe('/layer=1/conv-2,-0.5');
  expect(cellsOf('a,b', null)).toBe('"a,b",');
});
