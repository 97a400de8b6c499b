import { describe, expect, it } from 'vitest';
import { analyzeModel } from '../../src/graph/analysis';
import { readModel } from '../../src/onnx/readModel';
import { memorySource } from '../support/memorySource';
import { buildModel, graph, int, node, valueInfo } from '../support/onnxBuilder';
import { analyzeParts, row } from './support';

const x = valueInfo('x', 'float', [2, 3]);
const opsets = { '': 17, f: 1 };

describe('functions of a model', () => {
  it('are chosen by their overload', () => {
    const body = (axis: number, overload: string) => ({
      name: 'Pick', domain: 'f', overload, inputs: ['p'], outputs: ['q'], opsets, nodes: [node('Concat', ['p', 'p'], ['q'], { attributes: { axis: int(axis) } })],
    });
    const parts = { nodes: [node('Pick', ['x'], ['rows'], { name: 'rows', domain: 'f' }), node('Pick', ['x'], ['columns'], { name: 'columns', domain: 'f' })], inputs: [x], outputs: [{ name: 'rows' }, { name: 'columns' }] };
    const model = readModel(memorySource(buildModel({ graph: graph(parts), opsets, functions: [body(0, ''), body(1, 'wide')] })));
    // The schema that tests write files with is older than overloads of nodes.
    const nodes = model.graph.nodes.map((written) => ({ ...written, overload: written.name === 'columns' ? 'wide' : '' }));
    const { analysis } = analyzeModel({ ...model, graph: { ...model.graph, nodes } });
    expect(row(analysis, 'rows').outputShapes).toEqual([[4, 3]]);
    expect(row(analysis, 'columns').outputShapes).toEqual([[2, 6]]);
  });

  it('leave out inside what a call leaves out', () => {
    const { analysis } = analyzeParts({ nodes: [node('Limit', ['x', '', 'high'], ['y'], { name: 'limit', domain: 'f' })], inputs: [x, valueInfo('high', 'float', [])], outputs: [{ name: 'y' }] }, {
      opsets,
      functions: [{
        name: 'Limit', domain: 'f', inputs: ['value', 'low', 'high', 'more'], outputs: ['result'], opsets,
        nodes: [node('Clip', ['value', 'low', 'high'], ['clipped']), node('OptionalHasElement', ['more'], ['given']), node('Identity', ['clipped'], ['result'])],
      }],
    });
    expect(row(analysis, 'limit').outputShapes).toEqual([[2, 3]]);
    expect(row(analysis, 'limit/Clip_0').inputShapes).toEqual([[2, 3], null, []]);
    expect(analysis.totals.unresolved).toBe(0);
  });
});
