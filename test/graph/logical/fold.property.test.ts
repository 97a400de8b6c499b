import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { onnx } from 'onnx-proto';
import { floatTensor, int, node, rawTensor, valueInfo } from '../../support/onnxBuilder';
import { analyzeParts } from '../support';

/*
 * Whatever way helpers and layers are wired, legal or not: every operator is in one row, and nothing that is counted gets lost.
 */

const initializers = [floatTensor('w', [2, 2], [1, 2, 3, 4]), rawTensor('codes', 'int8', [2, 2], new Uint8Array(4)), rawTensor('half', 'float16', [2, 2], new Uint8Array(8)), floatTensor('s', [], [0.5]), rawTensor('z', 'uint8', [], Uint8Array.of(1))];

/** One node, wired to values by number: the graph's input, constants, and outputs of nodes before and after it. */
const wired = fc.record({ op: fc.constantFrom('QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'Cast', 'ConvInteger', 'MatMulInteger', 'Mul', 'Add', 'Sub', 'Reshape', 'Transpose', 'MatMul', 'Relu', 'Gather'), first: fc.nat(), second: fc.nat(), to: fc.constantFrom(1, 6, 10), forward: fc.integer({ min: 0, max: 9 }) });

function nodesOf(choices: readonly { readonly op: string; readonly first: number; readonly second: number; readonly to: number; readonly forward: number }[]): readonly onnx.INodeProto[] {
  return choices.map(({ op, first, second, to, forward }, at) => {
    // One in ten reads a value that is only made later, which makes cycles.
    const values = ['x', 'w', 'codes', 'half', ...Array.from({ length: forward === 9 ? choices.length : at }, (_, index) => `v${String(index)}`)];
    const pick = (index: number): string => values[index % values.length]!;
    const outputs = op === 'DynamicQuantizeLinear' ? [`v${String(at)}`, `s${String(at)}`, `z${String(at)}`] : [`v${String(at)}`];
    const scales = op === 'QuantizeLinear' || op === 'DequantizeLinear' ? ['s', 'z'] : [];
    const two = ['ConvInteger', 'MatMulInteger', 'Mul', 'Add', 'Sub', 'Reshape', 'MatMul', 'Gather'].includes(op);
    return node(op, [pick(first), ...(two ? [pick(second)] : scales)], outputs, { name: `n${String(at)}`, attributes: op === 'Cast' ? { to: int(to) } : {} });
  });
}

describe('folding', () => {
  it('puts every operator into one row and loses no figure', () => {
    fc.assert(
      fc.property(fc.array(wired, { minLength: 1, maxLength: 24 }), (choices) => {
        const nodes = nodesOf(choices);
        const { analysis, sites } = analyzeParts({ nodes, initializers, inputs: [valueInfo('x', 'float', [2, 2])], outputs: [valueInfo(`v${String(choices.length - 1)}`, 'float', null)] });
        const { layers, totals } = analysis;
        expect(layers.flatMap(({ name, logical }) => [name, ...(logical?.members ?? []).map((member) => member.name)]).sort()).toEqual(nodes.map(({ name }) => name!).sort());
        expect(layers.map(({ index }) => index)).toEqual(layers.map((_, index) => index));
        expect(sites.map(({ node: { name } }) => name)).toEqual(layers.map(({ name }) => name));
        for (const figure of ['macs', 'flops', 'activationBytes', 'weightBytes', 'parameters'] as const) expect(layers.reduce((sum, layer) => sum + (layer[figure] ?? 0), 0)).toBe(totals[figure]);
        for (const { op, unfolded, logical } of layers) if (unfolded !== undefined) expect([op, logical]).toEqual([expect.stringMatching(/Linear$|Cast|Mul|Sub|Gather|Reshape/), undefined]);
      }),
      { seed: 4, numRuns: 600 },
    );
  });
});
