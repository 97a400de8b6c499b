import { expect, it } from 'vitest';
import { parseQuery } from '../../src/format/query';
import type { LayerAssessment } from '../../src/jobs/records';
import type { IntegerScheme } from '../../src/quant/scheme';
import { makeLayers, makeWeight } from '../support/layers';

const int8: IntegerScheme = { kind: 'integer', bits: 8, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' };
const layers = makeLayers(['/enc/conv1/Conv', '/enc/fc/MatMul', '/enc/Relu', '/dec/big one/MatMul', '/dec/kept/MatMul'], (name, index) =>
  name.endsWith('Relu') ? [] : [makeWeight({ key: `${index}`, dims: [1000, 10 ** index] })],
).map((layer) => ({ ...layer, op: layer.name.slice(layer.name.lastIndexOf('/') + 1) }));
const assess = (fields: Partial<LayerAssessment>): LayerAssessment => ({ layer: 0, scheme: int8, state: 'computed', reason: '', sqnrDb: 40, maxError: 0, bytesBefore: 0, bytesAfter: 0, ...fields });
const assessments = [assess({ bytesAfter: 1_000 }), assess({ scheme: { ...int8, bits: 4, granularity: { block: 32 } }, sqnrDb: 19 }), assess({ state: 'none', sqnrDb: null }), assess({ state: 'pending', sqnrDb: null }), assess({ state: 'float', scheme: { kind: 'float' }, sqnrDb: null })];

/** Positions of the layers that a query keeps. */
const kept = (query: string): readonly number[] => layers.flatMap((layer, index) => (parseQuery(query).matches({ layer, assessment: assessments[index]! }) ? [index] : []));

it.each([
  ['', [0, 1, 2, 3, 4]],
  ['   ', [0, 1, 2, 3, 4]],
  ['CONV', [0]],
  ['enc matmul', [1]],
  ['"big one"', [3]],
  ['-matmul', [0, 2]],
  ['-"big one" matmul', [1, 4]],
  ['op:matmul', [1, 3, 4]],
  ['>4MB', [4]],
  ['>=4mb <40MB', [3]],
  ['>3.9MiB', [4]],
  ['4bit', [1]],
  ['int4', [1]],
  ['bits<=8', [0, 1, 3]],
  ['=32bits', [4]],
  ['<20dB', [1]],
  ['error>30', [0]],
  ['params>9k params<11M', [1, 3, 4]],
  ['after=1kB', [0]],
  ['pending', [3]],
  ['kept', [4]],
  ['/dec/', [3, 4]],
  ['block', [1]],
])('"%s" keeps %j', (query, expected) => {
  expect(kept(query)).toEqual(expected);
});

it('tells which words it did not understand', () => {
  expect(parseQuery('conv >1XB size>').doubtful).toEqual(['>1xb', 'size>']);
  expect(parseQuery('>1MB "a>b"').doubtful).toEqual([]);
});

it('finds nothing where a figure is not known', () => {
  expect(parseQuery('error<1000').matches({ layer: layers[0]!, assessment: null })).toBe(false);
});
