import { describe, expect, it } from 'vitest';
import { graph, graphAttribute, int, node, rawTensor, valueInfo } from '../support/onnxBuilder';
import { weightTensor } from '../support/weightedModels';
import { analyzeParts, row } from './support';

/** Tokens → logits over 10 words, through a table and a product of 4 × 10. */
const decoder = graph({
  nodes: [node('Gather', ['table', 'ids'], ['e'], { name: 'look' }), node('MatMul', ['e', 'w'], ['logits'], { name: 'head' })],
  inputs: [valueInfo('ids', 'int32', ['batch', 'length'])],
  outputs: [valueInfo('logits', 'float', ['batch', 'length', 10])],
  initializers: [weightTensor('w', [4, 10])],
});

const number = (name: string, value: number) => rawTensor(name, 'int32', [1], new Uint8Array(Int32Array.of(value).buffer));

const outputsOf = (op: string) => ['sequences', 'second', ...(op === 'BeamSearch' ? ['third'] : [])];

const generated = (op: string, inputs: readonly string[], dimensions: Readonly<Record<string, number>> = {}) => analyzeParts({
  nodes: [node(op, [...inputs], outputsOf(op), { name: 'generate', domain: 'com.microsoft', attributes: { decoder: graphAttribute(decoder), vocab_size: int(10) } })],
  inputs: [valueInfo('prompt', 'int32', [2, 5])],
  outputs: outputsOf(op).map((name) => ({ name })),
  initializers: [number('max', 20), number('min', 1), number('beams', 4), number('returned', 3), weightTensor('table', [10, 4])],
}, { opsets: { '': 17, 'com.microsoft': 1 }, dimensions }).analysis;

describe('operators that generate text', () => {
  it('say what they give', () => {
    expect(row(generated('BeamSearch', ['prompt', 'max', 'min', 'beams', 'returned']), 'generate').outputShapes).toEqual([[2, 3, 20], [2, 3], [15, 2, 4, 10]]);
    expect(row(generated('GreedySearch', ['prompt', 'max', 'min']), 'generate').outputShapes.slice(0, 2)).toEqual([[2, 20], [2, 10]]);
    expect(row(generated('Sampling', ['prompt', '', 'min']), 'generate').outputShapes[0]).toEqual([2, 'generate.1']);
  });

  it('have rows for their bodies, with the weights there and around', () => {
    const analysis = generated('GreedySearch', ['prompt', 'max']);
    expect(row(analysis, 'generate/decoder/head')).toMatchObject({ parameters: 40, macs: null, outputShapes: [['generate/decoder.batch', 'generate/decoder.length', 10]] });
    expect(row(analysis, 'generate/decoder/look')).toMatchObject({ parameters: 40 });
    expect(row(analysis, 'generate/decoder/head').unresolved).toMatchObject({ blockedBy: 'generate' });
  });

  it('count the decoder as often as it is said to run', () => {
    const analysis = generated('GreedySearch', ['prompt', 'max'], { 'generate.tokens': 15, 'generate/decoder.batch': 2, 'generate/decoder.length': 1 });
    expect(row(analysis, 'generate/decoder/head')).toMatchObject({ macs: 15 * 2 * 1 * 40, unresolved: null });
    expect(analysis.totals).toMatchObject({ macs: 1200, parameters: 80, unresolved: 0 });
  });
});
