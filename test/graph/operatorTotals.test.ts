import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Layer } from '../../src/graph/layer';
import { operatorTotals } from '../../src/graph/operatorTotals';
import { makeLayers } from '../support/layers';
import { graphAttribute, floatTensor, graph, node, rawTensor, valueInfo } from '../support/onnxBuilder';
import { analyzeParts } from './support';

const figure = fc.option(fc.nat(1_000_000), { nil: null });
const someLayers = fc.array(
  fc.record({ op: fc.constantFrom('Conv', 'MatMul', 'Relu'), domain: fc.constantFrom('', 'com.microsoft'), parameters: fc.nat(1000), weightBytes: fc.nat(4000), macs: figure, flops: figure, activationBytes: figure, untaken: fc.boolean() }),
  { maxLength: 40 },
).map((rows) => makeLayers(rows.map((_, index) => `n${String(index)}`)).map((layer, index): Layer => {
  const { untaken, ...row } = rows[index]!;
  const known = row.macs !== null && row.flops !== null && row.activationBytes !== null;
  return { ...layer, ...row, unresolved: known ? null : { reason: 'it is new', blockedBy: layer.name }, ...(untaken ? { untaken: true as const } : {}) };
}));

const sum = <T>(rows: readonly T[], pick: (row: T) => number): number => rows.reduce((total, row) => total + pick(row), 0);

it('counts every layer once, under its operator and domain, the largest first', () => {
  fc.assert(fc.property(someLayers, (layers) => {
    const totals = operatorTotals(layers);
    expect(new Set(totals.map(({ domain, op }) => `${domain}.${op}`)).size).toBe(totals.length);
    for (const { op, domain, layers: count } of totals) expect(count).toBe(layers.filter((layer) => layer.op === op && layer.domain === domain).length);
    for (const field of ['parameters', 'weightBytes'] as const) expect(sum(totals, (row) => row[field])).toBe(sum(layers, (layer) => layer[field]));
    const running = layers.filter(({ untaken }) => untaken !== true);
    for (const field of ['macs', 'flops', 'activationBytes'] as const) expect(sum(totals, (row) => row[field])).toBe(sum(running, (layer) => layer[field] ?? 0));
    expect(sum(totals, ({ unresolved }) => unresolved)).toBe(running.filter(({ unresolved }) => unresolved !== null).length);
    expect(totals.map(({ weightBytes }) => weightBytes)).toEqual(totals.map(({ weightBytes }) => weightBytes).sort((a, b) => b - a));
  }), { seed: 8 });
});

it('adds up to the totals of the model, with the branch of an If that does not run', () => {
  const branch = (columns: number) => graph({ nodes: [node('MatMul', ['x', 'w'], ['m'])], initializers: [floatTensor('w', [8, columns], new Array<number>(8 * columns).fill(1))], outputs: [valueInfo('m', 'float', null)] });
  const { analysis } = analyzeParts({
    nodes: [
      node('If', ['c'], ['y'], { attributes: { then_branch: graphAttribute(branch(4)), else_branch: graphAttribute(branch(16)) } }),
      node('Relu', ['y'], ['z']),
    ],
    initializers: [rawTensor('k', 'float', [1], new Uint8Array(4))],
    inputs: [valueInfo('x', 'float', [2, 8]), valueInfo('c', 'bool', [])],
    outputs: [valueInfo('z', 'float', null)],
  });
  const totals = operatorTotals(analysis.layers);
  for (const field of ['parameters', 'weightBytes', 'macs', 'flops', 'activationBytes', 'unresolved'] as const) expect(sum(totals, (row) => row[field])).toBe(analysis.totals[field]);
  expect(totals.find(({ op }) => op === 'MatMul')).toMatchObject({ layers: 2, parameters: 8 * 20, macs: 2 * 8 * 16 });
});
