import { expect, it } from 'vitest';
import { parseQuery } from '../../src/format/query';
import { queryHelp } from '../../src/format/queryHelp';
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
  ['op:conv,Relu', [0, 2]],
  ['name:conv', [0]],
  ['name:int', []],
  ['float', [4]],
  ['[1,64]', [0, 1, 2, 3, 4]],
  ['[ 1, 64 ] relu', [2]],
  ['weight:[1000,10]', [1]],
  ['[*,10000]', [4]],
  ['[1000,...]', [0, 1, 3, 4]],
  ['[...,1000]', [3]],
  ['[...]', [0, 1, 2, 3, 4]],
  ['[1000,10,...]', [1]],
  ['[1000]', []],
  ['[]', []],
  ['out:[1000,10]', []],
  ['-[1000,...]', [2]],
  ['act=256B relu', [2]],
  ['shared', []],
  ['-unknown relu', [2]],
  ['constructor', []],
  ['hasownproperty>1', []],
])('"%s" keeps %j', (query, expected) => {
  expect(kept(query)).toEqual(expected);
});

it('tells which words it did not understand', () => {
  expect(parseQuery('conv >1XB size>').doubtful).toEqual(['>1xb', 'size>']);
  expect(parseQuery('>1MB "a>b" [1,64] in:[batch,3]').doubtful).toEqual([]);
  expect(parseQuery('[a>1]').doubtful).toEqual(['[a>1]']);
});

it('goes by what is stored where no plan says otherwise', () => {
  const [half] = makeLayers(['/fc/MatMul'], () => [makeWeight({ dataType: 'float16' })]);
  const found = (query: string): boolean => parseQuery(query).matches({ layer: half!, assessment: null });
  expect([found('16bit'), found('float16'), found('32bit'), found('float'), found('bits<32')]).toEqual([true, true, false, false, true]);
});

it('finds symbols, unknown figures and shared weights', () => {
  const [plain] = makeLayers(['/fc/MatMul'], () => [makeWeight({ sharedWith: ['/other'] })]);
  const layer = { ...plain!, inputShapes: [['Batch', 64], null], outputShapes: [null], unresolved: { reason: 'it is new', blockedBy: '/fc/MatMul' } };
  const found = (query: string): boolean => parseQuery(query).matches({ layer, assessment: null });
  expect([found('[batch,64]'), found('in:[BATCH,*]'), found('[seq,64]'), found('out:[...]'), found('unknown shared')]).toEqual([true, true, false, false, true]);
});

it('says about every example of its help what it means', () => {
  for (const [examples, meaning] of queryHelp()) {
    expect(meaning).not.toBe('');
    expect(parseQuery(examples).doubtful, examples).toEqual([]);
  }
});

it('finds nothing where a figure is not known', () => {
  expect(parseQuery('error<1000').matches({ layer: layers[0]!, assessment: null })).toBe(false);
});
