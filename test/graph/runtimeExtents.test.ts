import { describe, expect, it } from 'vitest';
import { MAX_RUNTIME_DIMENSIONS } from '../../src/graph/analysis';
import { MAX_UNROLLED } from '../../src/graph/controlFlow/unroll';
import { MAX_ITEMS } from '../../src/graph/sequences/sequence';
import { graph, graphAttribute, int, int64Tensor, node, valueInfo } from '../support/onnxBuilder';
import { analyzeParts, row } from './support';

const x = valueInfo('x', 'float', [6, 4]);
const open = { name: 'y' };

describe('extents that only running the model tells', () => {
  const chosen = (dimensions: Readonly<Record<string, number>> = {}) => analyzeParts({
    nodes: [
      node('NonZero', ['x'], ['found'], { name: 'found' }),
      node('Transpose', ['found'], ['rows'], { name: 'rows' }),
      node('GatherND', ['x', 'rows'], ['values'], { name: 'values' }),
      node('Concat', ['values', 'values'], ['twice'], { name: 'twice', attributes: { axis: int(0) } }),
      node('Relu', ['twice'], ['y'], { name: 'relu' }),
    ],
    inputs: [x],
    outputs: [open],
  }, { dimensions }).analysis;

  it('have a name that flows through the graph', () => {
    const analysis = chosen();
    expect(row(analysis, 'found').outputShapes).toEqual([[2, 'found.1']]);
    expect(row(analysis, 'values').outputShapes).toEqual([['found.1']]);
    expect(row(analysis, 'twice').outputShapes).toEqual([['2*found.1']]);
    expect(row(analysis, 'relu').unresolved).toEqual({ reason: 'NonZero: how many elements are non-zero depends on the data', blockedBy: 'found' });
    expect(analysis.model).toMatchObject({ dimensions: {}, runtimeDimensions: { 'found.1': null } });
  });

  it('can be set like dimensions of inputs', () => {
    const analysis = chosen({ 'found.1': 5 });
    expect(row(analysis, 'relu')).toMatchObject({ outputShapes: [[10]], flops: 10, unresolved: null });
    expect(analysis.totals.unresolved).toBe(0);
    expect(analysis.model.runtimeDimensions).toEqual({ 'found.1': 5 });
  });

  it('give way to numbers that the file declares, and take the names that it declares', () => {
    const declared = (dim: number | string) => analyzeParts({
      nodes: [node('NonZero', ['x'], ['n'], { name: 'found' }), node('Cast', ['n'], ['y'], { name: 'cast', attributes: { to: int(1) } })],
      inputs: [x],
      outputs: [open],
      valueInfo: [valueInfo('n', 'int64', [2, dim])],
    }).analysis;
    expect(row(declared(7), 'cast')).toMatchObject({ outputShapes: [[2, 7]], unresolved: null });
    expect(row(declared('count'), 'cast')).toMatchObject({ outputShapes: [[2, 'count']], unresolved: { blockedBy: 'found' } });
    expect(declared('count').model.runtimeDimensions).toEqual({ count: null });
  });

  it('are not blamed on the data where an expression is only too long', () => {
    const many = Array.from({ length: 80 }, (_, index) => `x${String(index)}`);
    const { analysis } = analyzeParts({
      nodes: [node('Concat', many, ['y'], { name: 'join', attributes: { axis: int(0) } }), node('Relu', ['y'], ['z'], { name: 'relu' })],
      inputs: many.map((name) => valueInfo(name, 'float', [`n${name}`])),
      outputs: [{ name: 'z' }],
    });
    expect(row(analysis, 'join').outputShapes).toEqual([['join.0']]);
    expect(row(analysis, 'relu').unresolved).toEqual({ reason: 'dimension "nx0" is not set', blockedBy: 'join' });
  });

  it('arise where the branches of an If differ', () => {
    const branch = (rows: number) => graphAttribute(graph({ nodes: [node('Expand', ['x', 'shape'], ['b'])], initializers: [int64Tensor('shape', [3], [rows, 6, 4])], outputs: [{ name: 'b' }] }));
    const { analysis } = analyzeParts({
      nodes: [node('If', ['c'], ['i'], { name: 'choice', attributes: { then_branch: branch(2), else_branch: branch(3) } }), node('Relu', ['i'], ['y'], { name: 'relu' })],
      inputs: [x, valueInfo('c', 'bool', [])],
      outputs: [open],
    });
    expect(row(analysis, 'relu')).toMatchObject({ outputShapes: [['choice.0', 6, 4]], unresolved: { reason: 'If: its branches give different shapes', blockedBy: 'choice' } });
  });
});

describe('loops', () => {
  /** Appends x to its state in every iteration and collects what it has so far. */
  const growing = (trips: readonly number[]) => analyzeParts({
    nodes: [node('Loop', ['trips', '', 'x'], ['last', 'all'], {
      name: 'loop',
      attributes: {
        body: graphAttribute(graph({
          nodes: [
            node('Concat', ['state', 'x', 'x'], ['next'], { name: 'grow', attributes: { axis: int(0) } }),
            node('Slice', ['x', 'i', 'after'], ['piece'], { name: 'piece' }),
            node('Unsqueeze', ['iteration', 'axis'], ['i']),
            node('Add', ['i', 'one'], ['after']),
            node('Identity', ['condition'], ['again']),
          ],
          initializers: [int64Tensor('axis', [1], [0]), int64Tensor('one', [1], [1])],
          inputs: [valueInfo('iteration', 'int64', []), valueInfo('condition', 'bool', []), { name: 'state' }],
          outputs: [{ name: 'again' }, { name: 'next' }, { name: 'piece' }],
        })),
      },
    })],
    initializers: [int64Tensor('trips', [], trips)].filter(() => trips.length > 0),
    inputs: trips.length > 0 ? [x] : [x, valueInfo('trips', 'int64', [])],
    outputs: [{ name: 'last' }, { name: 'all' }],
  }).analysis;

  it('know what grows by the same amount in every iteration, and how wide a slice from one place to the next is', () => {
    const analysis = growing([5]);
    expect(row(analysis, 'loop').outputShapes).toEqual([[6 + 5 * 12, 4], [5, 1, 4]]);
    expect(row(analysis, 'loop/body/grow').unresolved).toEqual({ reason: 'Loop: its state changes shape from one iteration to the next', blockedBy: 'loop' });
  });

  it('name their number of iterations when only running tells', () => {
    const analysis = growing([]);
    expect(row(analysis, 'loop').outputShapes).toEqual([['12*loop.iterations+6', 4], ['loop.iterations', 1, 4]]);
    expect(row(analysis, 'loop').unresolved).toEqual({ reason: 'Loop: how often it runs is decided at run time', blockedBy: 'loop' });
  });
});

describe('sequences', () => {
  it('multiply the cost of a SequenceMap by their length, and keep the shapes of its results apart', () => {
    const body = graphAttribute(graph({ nodes: [node('Transpose', ['item'], ['turned']), node('MatMul', ['item', 'turned'], ['square'])], inputs: [{ name: 'item' }], outputs: [{ name: 'square' }] }));
    const { analysis } = analyzeParts({
      nodes: [
        node('SplitToSequence', ['x', 'sizes'], ['parts'], { name: 'split' }),
        node('SequenceMap', ['parts'], ['squares'], { name: 'map', attributes: { body } }),
        node('SequenceAt', ['squares', 'second'], ['y'], { name: 'second' }),
      ],
      initializers: [int64Tensor('sizes', [2], [2, 4]), int64Tensor('second', [], [1])],
      inputs: [x],
      outputs: [open],
    });
    expect(row(analysis, 'second').outputShapes).toEqual([[4, 4]]);
    expect(row(analysis, 'map/body/MatMul_1').unresolved?.reason).toBe('the tensors of its sequence differ in shape');
    const alike = analyzeParts({
      nodes: [node('SplitToSequence', ['x', 'size'], ['parts']), node('SequenceMap', ['parts'], ['squares'], { name: 'map', attributes: { body } }), node('ConcatFromSequence', ['squares'], ['y'], { name: 'join', attributes: { axis: int(0), new_axis: int(1) } })],
      initializers: [int64Tensor('size', [], [2])],
      inputs: [x],
      outputs: [open],
    }).analysis;
    expect(row(alike, 'map/body/MatMul_1')).toMatchObject({ macs: 3 * 2 * 2 * 4, unresolved: null });
    expect(row(alike, 'join').outputShapes).toEqual([[3, 2, 2]]);
    expect(alike.totals.unresolved).toBe(0);
  });
});

describe('limits', () => {
  it('keep the tensors of long sequences apart only up to their number', () => {
    const first = (count: number) => {
      const names = Array.from({ length: count }, (_, index) => `x${String(index)}`);
      return row(analyzeParts({
        nodes: [node('SequenceConstruct', names, ['s']), node('SequenceAt', ['s', 'place'], ['y'], { name: 'first' })],
        initializers: [int64Tensor('place', [], [0])],
        inputs: names.map((name, index) => valueInfo(name, 'float', [index + 1, 4])),
        outputs: [open],
      }).analysis, 'first').outputShapes;
    };
    expect(first(MAX_ITEMS)).toEqual([[1, 4]]);
    expect(first(MAX_ITEMS + 1)).toEqual([['first.0', 4]]);
  });

  it('walk loops one iteration after the other only when they have few', () => {
    const doubling = (trips: number) => row(analyzeParts({
      nodes: [node('Loop', ['trips', '', 'start'], ['y'], {
        name: 'loop',
        attributes: {
          body: graphAttribute(graph({
            nodes: [node('Concat', ['state', 'state'], ['next'], { attributes: { axis: int(0) } }), node('Identity', ['condition'], ['again'])],
            inputs: [valueInfo('iteration', 'int64', []), valueInfo('condition', 'bool', []), { name: 'state' }],
            outputs: [{ name: 'again' }, { name: 'next' }],
          })),
        },
      })],
      initializers: [int64Tensor('trips', [], [trips])],
      inputs: [valueInfo('start', 'float', [1])],
      outputs: [open],
    }).analysis, 'loop').outputShapes;
    expect(doubling(MAX_UNROLLED)).toEqual([[2 ** MAX_UNROLLED]]);
    expect(doubling(MAX_UNROLLED + 1)).toEqual([['loop.0']]);
  });

  it('offer some of very many extents for setting', () => {
    const offered = (count: number) => Object.keys(analyzeParts({
      nodes: Array.from({ length: count }, (_, index) => node('NonZero', ['x'], [`y${String(index)}`], { name: `n${String(index)}` })),
      inputs: [x],
      outputs: [{ name: 'y0' }],
    }).analysis.model.runtimeDimensions).length;
    expect(offered(MAX_RUNTIME_DIMENSIONS)).toBe(MAX_RUNTIME_DIMENSIONS);
    expect(offered(MAX_RUNTIME_DIMENSIONS + 1)).toBe(MAX_RUNTIME_DIMENSIONS);
  });
});

describe('inputs that are not tensors', () => {
  it('are named, so that they can be set', () => {
    const sequence = { name: 's', type: { sequenceType: { elemType: valueInfo('', 'float', ['n', 3]).type! } } };
    const parts = { nodes: [node('ConcatFromSequence', ['s'], ['y'], { name: 'join', attributes: { axis: int(0) } })], inputs: [sequence], outputs: [open] };
    expect(row(analyzeParts(parts).analysis, 'join').outputShapes).toEqual([['n*s.length', 3]]);
    const { analysis } = analyzeParts(parts, { dimensions: { n: 2, 's.length': 5 } });
    expect(row(analysis, 'join')).toMatchObject({ outputShapes: [[10, 3]], unresolved: null });
    expect(analysis.model.dimensions).toEqual({ 's.length': 5, n: 2 });
  });
});
