import { describe, expect, it } from 'vitest';
import { floatTensor, floats, graphAttribute, graph, int, int64Tensor, ints, node, reference, tensorAttribute, valueInfo } from '../support/onnxBuilder';
import { sameParameters } from '../support/layers';
import { analyzeParts, row } from './support';

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

describe('analysis of a model', () => {
  it('tells shapes, parameters, cost and weights of every row', () => {
    const { analysis, sites } = analyzeParts({
      nodes: [
        node('Conv', ['x', 'w', 'b'], ['c'], { name: '/body/conv/Conv', attributes: { pads: ints(1, 1, 1, 1), strides: ints(2, 2) } }),
        node('Relu', ['c'], ['r']),
        node('Flatten', ['r'], ['f']),
        node('Gemm', ['f', 'v'], ['y'], { name: 'fc', attributes: { transB: int(1) } }),
      ],
      initializers: [floatTensor('w', [4, 3, 3, 3], zeros(108)), floatTensor('b', [4], zeros(4)), floatTensor('v', [5, 64], zeros(320))],
      inputs: [valueInfo('x', 'float', ['batch', 3, 8, 8])],
      outputs: [valueInfo('y', 'float', ['batch', 5])],
    }, { dimensions: { batch: 2 } });
    expect(analysis.layers.map(({ name, op, scope, inputShapes, outputShapes, parameters, weightBytes, macs, flops, activationBytes }) =>
      ({ name, op, scope, inputShapes, outputShapes, parameters, weightBytes, macs, flops, activationBytes }))).toEqual([
      { name: '/body/conv/Conv', op: 'Conv', scope: ['body', 'conv'], inputShapes: [[2, 3, 8, 8], [4, 3, 3, 3], [4]], outputShapes: [[2, 4, 4, 4]], parameters: 112, weightBytes: 448, macs: 3456, flops: 6912, activationBytes: 512 },
      { name: 'Relu_1', op: 'Relu', scope: [], inputShapes: [[2, 4, 4, 4]], outputShapes: [[2, 4, 4, 4]], parameters: 0, weightBytes: 0, macs: 0, flops: 128, activationBytes: 512 },
      { name: 'Flatten_2', op: 'Flatten', scope: [], inputShapes: [[2, 4, 4, 4]], outputShapes: [[2, 64]], parameters: 0, weightBytes: 0, macs: 0, flops: 0, activationBytes: 0 },
      { name: 'fc', op: 'Gemm', scope: [], inputShapes: [[2, 64], [5, 64]], outputShapes: [[2, 5]], parameters: 320, weightBytes: 1280, macs: 640, flops: 1280, activationBytes: 40 },
    ]);
    expect(analysis.totals).toEqual({
      ...sameParameters(432), weightBytes: 1728, weightTypes: { float: 1728 }, macs: 4096, flops: 8320, counting: { convention: 'strict', weights: {} },
      activationBytes: 1064, peakActivationBytes: 2048, unresolved: 0,
    });
    expect(analysis.model.dimensions).toEqual({ batch: 2 });
    const [conv] = row(analysis, '/body/conv/Conv').weights;
    expect(conv).toMatchObject({ tensor: 'w', input: 1, elements: 108, bytes: 432, channelAxis: 0, blockAxis: 1, obstacle: null, sharedWith: [] });
    expect(row(analysis, 'fc').weights[0]).toMatchObject({ channelAxis: 0, blockAxis: 1 });
    expect(sites[0]!.weights[0]!.tensor.name).toBe('w');
    expect(sites).toHaveLength(4);
  });

  it('leaves figures open with the dimension that is not set', () => {
    const { analysis } = analyzeParts({
      nodes: [node('Relu', ['x'], ['y'], { name: 'relu' })],
      inputs: [valueInfo('x', 'float', ['batch', 4])],
      outputs: [valueInfo('y', 'float', null)],
    });
    expect(row(analysis, 'relu')).toMatchObject({ outputShapes: [['batch', 4]], macs: 0, flops: null, activationBytes: null, unresolved: { reason: 'dimension "batch" is not set' } });
    expect(analysis.model.dimensions).toEqual({ batch: null });
    expect(analysis.totals.unresolved).toBe(1);
  });

  it('refuses dimensions that no tensor has', () => {
    const parts = { nodes: [node('Relu', ['x'], ['y'])], inputs: [valueInfo('x', 'float', ['batch'])], outputs: [valueInfo('y', 'float', null)] };
    expect(analyzeParts(parts, { dimensions: { batch: 1 } }).analysis.totals.flops).toBe(1);
    for (const batch of [0, -1, 1.5, Number.NaN]) expect(() => analyzeParts(parts, { dimensions: { batch } })).toThrow('Dimension "batch" of model.onnx cannot be');
  });

  it('names the operator where a chain of unknowns starts, and goes on', () => {
    const { analysis } = analyzeParts({
      nodes: [
        node('Mystery', ['x'], ['m'], { name: 'odd', domain: 'acme' }),
        node('Relu', ['m'], ['r'], { name: 'relu' }),
        node('Relu', ['x'], ['y'], { name: 'other' }),
      ],
      inputs: [valueInfo('x', 'float', [1, 4])],
      outputs: [valueInfo('r', 'float', null), valueInfo('y', 'float', null)],
    });
    expect(row(analysis, 'odd').unresolved).toEqual({ reason: 'Mystery: Nibble does not know the operators of domain "acme"', blockedBy: 'odd' });
    expect(row(analysis, 'relu').unresolved?.blockedBy).toBe('odd');
    expect(row(analysis, 'other')).toMatchObject({ flops: 4, unresolved: null });
    expect(analysis.model.notes).toEqual(['Operators without a rule, left out of the totals: acme.Mystery (1).']);
    expect(analysis.totals.unresolved).toBe(2);
  });

  it('follows functions with the attributes of each call', () => {
    const { analysis, sites } = analyzeParts({
      nodes: [node('Block', ['x'], ['a'], { name: 'one', domain: 'local', attributes: { axis: int(0) } }), node('Block', ['a'], ['y'], { name: 'two', domain: 'local', attributes: { axis: int(1) } })],
      inputs: [valueInfo('x', 'float', [2, 3])],
      outputs: [valueInfo('y', 'float', null)],
    }, {
      opsets: { '': 17, local: 1 },
      functions: [{
        name: 'Block', domain: 'local', inputs: ['p'], outputs: ['q'], attributes: ['axis'], opsets: { '': 17 },
        nodes: [
          node('Constant', [], ['w'], { attributes: { value: tensorAttribute(floatTensor('', [3, 3], zeros(9))) } }),
          node('MatMul', ['p', 'w'], ['m'], { name: 'product' }),
          node('Concat', ['m', 'm'], ['c'], { attributes: { axis: reference('axis') } }),
          node('Identity', ['m'], ['q']),
        ],
      }],
    });
    expect(analysis.layers.map(({ name }) => name)).toEqual(['one', 'one/product', 'one/Concat_2', 'one/Identity_3', 'two', 'two/product', 'two/Concat_2', 'two/Identity_3']);
    expect(row(analysis, 'one/Concat_2').outputShapes).toEqual([[4, 3]]);
    expect(row(analysis, 'two/Concat_2').outputShapes).toEqual([[2, 6]]);
    expect(analysis.totals).toMatchObject({ parameters: 9, weightBytes: 36, macs: 36 });
    expect(row(analysis, 'one/product').weights[0]).toMatchObject({ tensor: 'w', sharedWith: ['two/product'] });
    expect(sites[1]!.weights[0]!.constant?.op).toBe('Constant');
  });

  it('counts the costlier branch of an If and lists both', () => {
    const branch = (name: string, width: number) => graphAttribute(graph({
      name,
      nodes: [node('MatMul', ['x', `w${String(width)}`], [`y${String(width)}`], { name: 'product' }), node('ReduceSum', [`y${String(width)}`], [`s${String(width)}`], { name: 'sum' })],
      initializers: [floatTensor(`w${String(width)}`, [4, width], zeros(4 * width))],
      outputs: [valueInfo(`s${String(width)}`, 'float', null)],
    }));
    const { analysis } = analyzeParts({
      nodes: [node('If', ['condition'], ['y'], { name: 'choice', attributes: { then_branch: branch('t', 3), else_branch: branch('e', 5) } })],
      inputs: [valueInfo('x', 'float', [2, 4]), valueInfo('condition', 'bool', [])],
      outputs: [valueInfo('y', 'float', null)],
    });
    expect(analysis.layers.map(({ name, macs, untaken }) => [name, macs, untaken === true])).toEqual([
      ['choice', 0, false], ['choice/then_branch/product', 24, true], ['choice/then_branch/sum', 0, true], ['choice/else_branch/product', 40, false], ['choice/else_branch/sum', 0, false],
    ]);
    expect(row(analysis, 'choice').outputShapes).toEqual([[1, 1]]);
    expect(analysis.totals).toMatchObject({ macs: 40, parameters: 32, unresolved: 0 });
  });

  it('multiplies a Loop body by its trip count and stacks what it collects', () => {
    const body = graphAttribute(graph({
      nodes: [node('MatMul', ['state', 'w'], ['next'], { name: 'product' }), node('Identity', ['go'], ['goOn'])],
      inputs: [valueInfo('i', 'int64', []), valueInfo('go', 'bool', []), valueInfo('state', 'float', null)],
      outputs: [valueInfo('goOn', 'bool', []), valueInfo('next', 'float', null), valueInfo('next', 'float', null)],
    }));
    const loop = (trips: readonly ReturnType<typeof int64Tensor>[]) => analyzeParts({
      nodes: [node('Loop', ['trips', '', 'x'], ['last', 'all'], { name: 'loop', attributes: { body } })],
      initializers: [floatTensor('w', [4, 4], zeros(16)), ...trips],
      inputs: [valueInfo('x', 'float', [2, 4]), ...(trips.length > 0 ? [] : [valueInfo('trips', 'int64', [])])],
      outputs: [valueInfo('last', 'float', null), valueInfo('all', 'float', null)],
    }).analysis;
    const known = loop([int64Tensor('trips', [], [7])]);
    expect(row(known, 'loop').outputShapes).toEqual([[2, 4], [7, 2, 4]]);
    expect(row(known, 'loop/body/product').macs).toBe(7 * 32);
    const unknown = loop([]);
    expect(row(unknown, 'loop/body/product')).toMatchObject({ macs: null, unresolved: { blockedBy: 'loop', reason: 'Loop: how often it runs is decided at run time' } });
    expect(row(unknown, 'loop').outputShapes).toEqual([[2, 4], ['loop.iterations', 2, 4]]);
  });

  it('reads scales of a Resize and shapes that were computed on the way', () => {
    const { analysis } = analyzeParts({
      nodes: [
        node('Upsample', ['x'], ['u'], { name: 'up', attributes: { scales: floats(1, 1, 2, 1.5) } }),
        node('Shape', ['u'], ['s']),
        node('Gather', ['s', 'zero'], ['n']),
        node('Unsqueeze', ['n', 'axes'], ['n1']),
        node('Concat', ['n1', 'rest'], ['target'], { attributes: { axis: int(0) } }),
        node('Reshape', ['u', 'target'], ['y'], { name: 'reshape' }),
      ],
      initializers: [int64Tensor('zero', [], [0]), int64Tensor('axes', [1], [0]), int64Tensor('rest', [1], [-1])],
      inputs: [valueInfo('x', 'float', ['batch', 3, 5, 5])],
      outputs: [valueInfo('y', 'float', null)],
    });
    expect(row(analysis, 'up').outputShapes).toEqual([['batch', 3, 10, 7]]);
    expect(row(analysis, 'reshape').outputShapes).toEqual([['batch', 210]]);
  });
});
