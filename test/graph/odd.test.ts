import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { analyzeModel } from '../../src/graph/analysis';
import { readModel } from '../../src/onnx/readModel';
import { memorySource } from '../support/memorySource';
import type { FunctionParts } from '../support/onnxBuilder';
import { buildModel, constant, floatTensor, graph, graphAttribute, int, int64Tensor, ints, node, reference, valueInfo } from '../support/onnxBuilder';
import { TIMED } from '../support/timed';
import { analyzeParts, row } from './support';

const x = valueInfo('x', 'float', [2, 3]);
const y = valueInfo('y', 'float', null);
const weight = (name: string, ...dims: number[]): onnx.ITensorProto => floatTensor(name, dims, new Float32Array(dims.reduce((count, dim) => count * dim, 1)));

/** An If whose branches are the given graphs. */
function branches(yes: onnx.IGraphProto, no: onnx.IGraphProto, output = 'y'): onnx.INodeProto {
  return node('If', ['condition'], [output], { name: 'if', attributes: { then_branch: graphAttribute(yes), else_branch: graphAttribute(no) } });
}
const condition = valueInfo('condition', 'bool', []);
const body = (nodes: readonly onnx.INodeProto[], output: string, initializers: readonly onnx.ITensorProto[] = []): onnx.IGraphProto => graph({ nodes, initializers, outputs: [valueInfo(output, 'float', null)] });

describe('odd but legal graphs open fully:', () => {
  it('names that bodies use again mean the inner value there and the outer one outside', () => {
    const inner = (columns: number): onnx.IGraphProto => body([node('MatMul', ['x', 'w'], ['h'], { name: 'mm' })], 'h', [weight('w', 3, columns)]);
    const { analysis } = analyzeParts({
      nodes: [node('MatMul', ['x', 'w'], ['h'], { name: 'outer' }), branches(inner(5), inner(5), 'z'), node('Relu', ['h'], ['y'], { name: 'relu' })],
      initializers: [weight('w', 3, 4)],
      inputs: [x, condition],
      outputs: [y, valueInfo('z', 'float', null)],
    });
    expect(row(analysis, 'relu').outputShapes).toEqual([[2, 4]]);
    expect(row(analysis, 'if').outputShapes).toEqual([[2, 5]]);
    expect(row(analysis, 'if/then_branch/mm').weights[0]!.dims).toEqual([3, 5]);
    expect(analysis.totals).toMatchObject({ unresolved: 0, parameters: 12 + 15 + 15 });
  });

  it('bodies read values from all graphs around them, also those that the file makes later', () => {
    const deep = body([branches(body([node('Add', ['late', 'x'], ['d'], { name: 'add' })], 'd'), body([node('Identity', ['x'], ['e'])], 'e'), 'f')], 'f');
    const { analysis } = analyzeParts({
      nodes: [branches(deep, body([node('Identity', ['x'], ['g'])], 'g')), node('Relu', ['x'], ['late'], { name: 'late' })],
      inputs: [x, condition],
      outputs: [y],
    });
    expect(analysis.layers[0]!.name).toBe('late');
    expect(row(analysis, 'if/then_branch/if/then_branch/add').inputShapes).toEqual([[2, 3], [2, 3]]);
    expect(analysis.totals.unresolved).toBe(0);
  });

  it('outputs that nobody reads, inputs and outputs that are left out', () => {
    const { analysis } = analyzeParts({
      nodes: [
        node('Split', ['x'], ['a', '', 'c'], { name: 'split', attributes: { axis: int(1) } }),
        node('Clip', ['a', '', 'high'], ['b'], { name: 'clip' }),
        node('LSTM', ['s', 'w', 'r', '', '', 'h'], ['', 'hidden'], { name: 'lstm', attributes: { hidden_size: int(4) } }),
        node('Relu', ['b'], ['y'], { name: 'relu' }),
      ],
      initializers: [floatTensor('high', [], [6]), weight('w', 1, 16, 3), weight('r', 1, 16, 4), weight('h', 1, 2, 4)],
      inputs: [x, valueInfo('s', 'float', [5, 2, 3])],
      outputs: [y],
    }, { opsets: { '': 13 } });
    expect(row(analysis, 'split').outputShapes).toEqual([[2, 1], [2, 1], [2, 1]]);
    expect(row(analysis, 'clip').inputShapes).toEqual([[2, 1], null, []]);
    expect(row(analysis, 'lstm').outputShapes.at(-1)).toEqual([1, 2, 4]);
    expect(analysis.totals.unresolved).toBe(0);
  });

  it('functions that hold graphs, read attributes of the call in them, and have overloads and defaults', () => {
    const choose = (overload: string, columns: number): FunctionParts => ({
      name: 'Choose', domain: 'f', overload, inputs: ['p', 'c'], outputs: ['q'], attributes: ['first'], defaults: { perm: ints(1, 0) }, opsets: { '': 17 },
      nodes: [
        constant('w', weight('', 3, columns)),
        node('MatMul', ['p', 'w'], ['m'], { name: 'mm' }),
        node('If', ['c'], ['q'], {
          name: 'if',
          attributes: {
            then_branch: graphAttribute(body([node('Transpose', ['m'], ['t'], { name: 'turn', attributes: { perm: reference('perm', onnx.AttributeProto.AttributeType.INTS) } }), node('Relu', ['t'], ['t2'])], 't2')),
            else_branch: graphAttribute(body([node('Transpose', ['m'], ['e'])], 'e')),
          },
        }),
      ],
    });
    const call = (name: string, output: string): onnx.INodeProto => node('Choose', ['x', 'condition'], [output], { name, domain: 'f' });
    const parts = { nodes: [call('narrow', 'y'), call('wide', 'z')], inputs: [x, condition], outputs: [y, valueInfo('z', 'float', null)] };
    const model = readModel(memorySource(buildModel({ graph: graph(parts), functions: [choose('narrow', 4), choose('wide', 7)], opsets: { '': 17, f: 1 } })));
    // The field is newer than the builder's schema; each call gets the overload of its name.
    const { analysis } = analyzeModel({ ...model, graph: { ...model.graph, nodes: model.graph.nodes.map((called) => ({ ...called, overload: called.name })) } });
    expect(row(analysis, 'narrow').outputShapes).toEqual([[4, 2]]);
    expect(row(analysis, 'wide').outputShapes).toEqual([[7, 2]]);
    expect(row(analysis, 'wide/if/then_branch/turn').outputShapes).toEqual([[7, 2]]);
    expect(analysis.totals).toMatchObject({ unresolved: 0, parameters: 3 * 4 + 3 * 7 });
  });

  it('tensors of rank 0, and models without weights or without any node', () => {
    const { analysis } = analyzeParts({ nodes: [node('ReduceSum', ['x'], ['s'], { attributes: { keepdims: int(0) } }), node('Sqrt', ['s'], ['y'], { name: 'root' })], inputs: [x], outputs: [y] }, { opsets: { '': 13 } });
    expect(row(analysis, 'root')).toMatchObject({ inputShapes: [[]], outputShapes: [[]], flops: 1, activationBytes: 4 });
    expect(analysis.totals).toMatchObject({ parameters: 0, weightBytes: 0, unresolved: 0 });
    expect(analyzeParts({ nodes: [], inputs: [valueInfo('y', 'float', [2])], outputs: [y] }).analysis).toMatchObject({ layers: [], totals: { unresolved: 0, parameters: 0 } });
  });
});

describe('hostile graphs end in a clear problem each, soon:', TIMED, () => {
  const soon = (parts: Parameters<typeof analyzeParts>[0], opset = 17) => {
    const started = performance.now();
    const { analysis } = analyzeParts(parts, { opsets: { '': opset } });
    expect(performance.now() - started).toBeLessThan(5_000);
    return analysis;
  };

  it('a shape whose product is beyond what a number holds', () => {
    const analysis = soon({ nodes: [node('Expand', ['x', 'huge'], ['h'], { name: 'expand' }), node('Relu', ['h'], ['y'], { name: 'relu' })], initializers: [int64Tensor('huge', [4], [2 ** 40, 2 ** 40, 2, 3])], inputs: [x], outputs: [y] });
    for (const layer of analysis.layers) {
      expect(layer).toMatchObject({ activationBytes: null });
      expect(layer.unresolved).toMatchObject({ reason: expect.stringContaining('its cost would be') as string, blockedBy: layer.name });
    }
    expect(Number.isSafeInteger(analysis.totals.activationBytes) && Number.isSafeInteger(analysis.totals.peakActivationBytes)).toBe(true);
  });

  it.each([1e9, 65])('an integer tensor that asks for a rank of %d', (rank) => {
    const analysis = soon({ nodes: [node('ConstantOfShape', ['rank'], ['shape'], { name: 'shape' }), node('ConstantOfShape', ['shape'], ['y'], { name: 'filled' })], initializers: [int64Tensor('rank', [1], [rank])], inputs: [], outputs: [y] });
    expect(row(analysis, 'filled').outputShapes).toEqual([null]);
    expect(row(analysis, 'filled').unresolved?.reason).toBeTruthy();
  });

  it('a Loop with 10^18 trips', () => {
    const inner = graph({
      nodes: [node('Identity', ['go'], ['go_on']), node('MatMul', ['state', 'w'], ['next'], { name: 'mm' })], initializers: [weight('w', 3, 3)],
      inputs: [valueInfo('i', 'int64', []), valueInfo('go', 'bool', []), valueInfo('state', 'float', null)], outputs: [valueInfo('go_on', 'bool', []), valueInfo('next', 'float', null)],
    });
    const analysis = soon({ nodes: [node('Loop', ['trips', '', 'x'], ['y'], { name: 'loop', attributes: { body: graphAttribute(inner) } })], initializers: [int64Tensor('trips', [], [1e18])], inputs: [x], outputs: [y] });
    expect(row(analysis, 'loop').outputShapes).toEqual([[2, 3]]);
    expect(row(analysis, 'loop/body/mm')).toMatchObject({ macs: null, unresolved: { reason: 'Loop: how often it runs is decided at run time', blockedBy: 'loop' } });
  });

  it('a Loop inside a Loop inside a Loop, whose states grow', () => {
    const inside = (depth: number): onnx.IGraphProto => graph({
      nodes: [
        node('Identity', ['go'], ['go_on']), node('Concat', ['state', 'state'], ['grown'], { attributes: { axis: int(0) } }),
        ...(depth === 0 ? [node('Identity', ['grown'], ['next'])] : [node('Loop', ['trips', '', 'grown'], ['next'], { attributes: { body: graphAttribute(inside(depth - 1)) } })]),
      ],
      inputs: [valueInfo('i', 'int64', []), valueInfo('go', 'bool', []), valueInfo('state', 'float', null)], outputs: [valueInfo('go_on', 'bool', []), valueInfo('next', 'float', null)],
    });
    const analysis = soon({ nodes: [node('Loop', ['trips', '', 'x'], ['y'], { name: 'loop', attributes: { body: graphAttribute(inside(12)) } })], initializers: [int64Tensor('trips', [], [1e18])], inputs: [x], outputs: [y] });
    expect(analysis.totals.unresolved).toBeGreaterThan(0);
  });

  it('a chain of 100,000 nodes, forwards and backwards, overflows nothing', () => {
    const length = 100_000;
    const chain = Array.from({ length }, (_, index) => node('Relu', [index === 0 ? 'x' : `v${String(index)}`], [index === length - 1 ? 'y' : `v${String(index + 1)}`]));
    for (const nodes of [chain, chain.toReversed()]) expect(analyzeParts({ nodes, inputs: [x], outputs: [y] }).analysis.totals).toMatchObject({ unresolved: 0, flops: 6 * length });
  });
});
