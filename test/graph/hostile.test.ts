import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { onnx } from 'onnx-proto';
import { MAX_DEPTH, MAX_EXPANDED_STEPS } from '../../src/graph/program';
import { MAX_SHARED_NAMES } from '../../src/graph/rows';
import { MAX_ELEMENTS } from '../../src/graph/constants';
import type { FunctionParts } from '../support/onnxBuilder';
import { floatTensor, floats, graph, graphAttribute, int, int64Tensor, ints, node, text, valueInfo } from '../support/onnxBuilder';
import { analyzeParts, row } from './support';

const x = valueInfo('x', 'float', [2, 3]);
const y = valueInfo('y', 'float', null);

describe('odd graphs', () => {
  it('are put in execution order when the file has them in another', () => {
    const { analysis } = analyzeParts({
      nodes: [node('Relu', ['b'], ['y'], { name: 'last' }), node('Relu', ['a'], ['b'], { name: 'middle' }), node('Relu', ['x'], ['a'], { name: 'first' })],
      inputs: [x],
      outputs: [y],
    });
    expect(analysis.layers.map(({ name }) => name)).toEqual(['first', 'middle', 'last']);
    expect(analysis.totals.unresolved).toBe(0);
  });

  it('with a cycle keep all rows, say so, and work out the rest', () => {
    const { analysis } = analyzeParts({
      nodes: [
        node('Add', ['x', 'b'], ['a'], { name: 'one' }), node('Relu', ['a'], ['b'], { name: 'two' }),
        node('Relu', ['b'], ['c'], { name: 'after' }), node('Relu', ['x'], ['y'], { name: 'apart' }), node('Relu', ['s'], ['s'], { name: 'self' }),
      ],
      inputs: [x],
      outputs: [y],
    });
    expect(analysis.layers.map(({ name }) => name)).toEqual(['apart', 'one', 'two', 'after', 'self']);
    expect(row(analysis, 'one').unresolved).toEqual({ reason: 'Add: it waits for its own output, the graph has a cycle through "b"', blockedBy: 'one' });
    expect(row(analysis, 'after').unresolved?.blockedBy).toBe('one');
    expect(row(analysis, 'apart').flops).toBe(6);
  });

  it('with inputs and outputs from nowhere say which', () => {
    const { analysis } = analyzeParts({ nodes: [node('Relu', ['ghost'], ['a'], { name: 'r' })], inputs: [x], outputs: [y] });
    expect(row(analysis, 'r').unresolved?.reason).toBe('Relu: nothing produces its input "ghost"');
    expect(analysis.model.outputs).toEqual([{ name: 'y', dataType: 'undefined', shape: null }]);
  });

  it('with a function that calls itself stop there', () => {
    const self: FunctionParts = { name: 'F', domain: 'f', inputs: ['p'], outputs: ['q'], nodes: [node('F', ['p'], ['q'], { domain: 'f' })] };
    const { analysis } = analyzeParts({ nodes: [node('F', ['x'], ['y'], { domain: 'f', name: 'call' })], inputs: [x], outputs: [y] }, { functions: [self], opsets: { '': 17, f: 1 } });
    expect(analysis.layers).toHaveLength(2);
    expect(analysis.layers[1]!.unresolved?.reason).toBe('F: function F calls itself');
  });

  it('with functions that call functions are followed to the depth limit, not beyond', () => {
    const chain = (length: number) => analyzeParts({ nodes: [node('F0', ['x'], ['y'], { domain: 'f' })], inputs: [x], outputs: [y] }, {
      opsets: { '': 17, f: 1 },
      functions: Array.from({ length }, (_, index): FunctionParts => ({
        name: `F${String(index)}`, domain: 'f', inputs: ['p'], outputs: ['q'], opsets: { '': 17, f: 1 },
        nodes: [index === length - 1 ? node('Relu', ['p'], ['q']) : node(`F${String(index + 1)}`, ['p'], ['q'], { domain: 'f' })],
      })),
    }).analysis;
    expect(chain(MAX_DEPTH).totals.unresolved).toBe(0);
    expect(chain(MAX_DEPTH + 1).layers.at(-1)!.unresolved?.reason).toContain(`more than ${String(MAX_DEPTH)} deep`);
  });

  it('with functions that double at every level stop at the row limit, soon', () => {
    const levels = Math.ceil(Math.log2(MAX_EXPANDED_STEPS)) + 4;
    const doubling = (count: number) => analyzeParts({ nodes: [node('F0', ['x'], ['y'], { domain: 'f' })], inputs: [x], outputs: [y] }, {
      opsets: { '': 17, f: 1 },
      functions: Array.from({ length: count }, (_, index): FunctionParts => {
        const inner = (from: string, to: string): onnx.INodeProto => (index === count - 1 ? node('Relu', [from], [to]) : node(`F${String(index + 1)}`, [from], [to], { domain: 'f' }));
        return { name: `F${String(index)}`, domain: 'f', inputs: ['p'], outputs: ['q'], opsets: { '': 17, f: 1 }, nodes: [inner('p', 'm'), inner('m', 'q')] };
      }),
    }).analysis;
    expect(doubling(8).totals).toMatchObject({ unresolved: 0, flops: 6 * 2 ** 8 });
    const { layers, totals } = doubling(levels);
    expect(layers.length).toBeLessThanOrEqual(MAX_EXPANDED_STEPS + 1);
    expect(totals.unresolved).toBeGreaterThan(0);
  });

  it('with one tensor in very many layers name some of them', () => {
    const many = 3 * MAX_SHARED_NAMES;
    const { analysis } = analyzeParts({
      nodes: Array.from({ length: many }, (_, index) => node('MatMul', ['x', 'w'], [`y${String(index)}`], { name: `m${String(index)}` })),
      initializers: [floatTensor('w', [3, 3], new Array<number>(9).fill(0))],
      inputs: [x],
      outputs: [],
    });
    expect(analysis.layers.every(({ weights }) => weights[0]!.sharedWith.length === MAX_SHARED_NAMES)).toBe(true);
    expect(analysis.totals.parameters).toBe(9);
  });

  it('with long shape tensors are computed up to the element limit, not beyond', () => {
    const filled = (count: number) => analyzeParts({
      nodes: [node('ConstantOfShape', ['n'], ['c']), node('ReduceSum', ['c'], ['s'], { attributes: { keepdims: int(0) } }), node('Cast', ['s'], ['d'], { attributes: { to: int(7) } }), node('Unsqueeze', ['d', 'axis'], ['e']), node('Expand', ['one', 'e'], ['y'], { name: 'expand' })],
      initializers: [int64Tensor('n', [1], [count]), int64Tensor('axis', [1], [0]), floatTensor('one', [1], [1])],
      inputs: [],
      outputs: [y],
    }).analysis;
    // The sum of zeros is an extent of 0, once it is known.
    expect(row(filled(MAX_ELEMENTS), 'expand').outputShapes).toEqual([[0]]);
    expect(row(filled(MAX_ELEMENTS + 1), 'expand').outputShapes).toEqual([['expand.0']]);
  });

  it('with hostile names of symbols, tensors and metadata stay plain data', () => {
    const name = '__proto__';
    const { analysis } = analyzeParts({ nodes: [node('Relu', [name], ['y'], { name: 'constructor' })], inputs: [valueInfo(name, 'float', [name, 'toString'])], outputs: [y] });
    expect(analysis.layers[0]!.outputShapes).toEqual([[name, 'toString']]);
    expect(analysis.totals.unresolved).toBe(1);
  });
});

describe('random graphs', () => {
  const ops = [
    'Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'MatMul', 'Gemm', 'Reshape', 'Transpose', 'Concat', 'Split', 'Slice', 'Gather', 'GatherND', 'Squeeze', 'Unsqueeze', 'Flatten', 'Resize',
    'Upsample', 'Pad', 'Expand', 'Tile', 'ReduceSum', 'ReduceMean', 'ArgMax', 'TopK', 'Softmax', 'LayerNormalization', 'BatchNormalization', 'LSTM', 'GRU', 'Shape', 'Range', 'Where', 'Cast', 'ConstantOfShape',
    'OneHot', 'Einsum', 'DepthToSpace', 'SpaceToDepth', 'GridSample', 'If', 'Loop', 'Scan', 'Attention', 'DFT', 'STFT', 'Add', 'Div', 'Mod', 'Equal', 'RoiAlign', 'MaxUnpool', 'Col2Im', 'AffineGrid', 'CenterCropPad', 'Nonsense',
    'NonZero', 'Compress', 'Unique', 'GatherElements', 'ScatterND', 'ScatterElements', 'CumSum', 'Clip', 'SequenceConstruct', 'SequenceEmpty', 'SequenceInsert', 'SequenceErase', 'SequenceAt',
    'SequenceLength', 'SplitToSequence', 'ConcatFromSequence', 'SequenceMap', 'Optional', 'OptionalGetElement', 'OptionalHasElement', 'Identity', 'NonMaxSuppression', 'TfIdfVectorizer', 'TreeEnsembleClassifier',
    'ArrayFeatureExtractor', 'LinearAttention', 'CausalConvWithState', 'QAttention', 'PackedAttention', 'PackedMultiHeadAttention', 'PagedAttention', 'GroupQueryAttention', 'MoE', 'NhwcConv', 'QLinearAveragePool',
    'GatherBlockQuantized', 'UnfoldTensor', 'ExpandDims', 'RemovePadding', 'MatMulNBitsQkv', 'QLinearReduceMean', 'Irfft', 'ReorderOutput',
  ] as const;
  const wild = fc.oneof(fc.integer({ min: -3, max: 5 }), fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31), Number.MAX_SAFE_INTEGER));
  const value = fc.constantFrom('', 'x', 'i', 'k', 'w', 'z', 'a0', 'a1', 'a2', 'a3', 'a4', 'ghost');
  const attribute = fc.oneof(
    fc.tuple(fc.constantFrom('axis', 'group', 'keepdims', 'to', 'blocksize', 'hidden_size', 'num_heads', 'q_num_heads', 'num_outputs', 'batch_dims', 'transA', 'transB', 'allowzero', 'k', 'new_axis', 'gather_axis', 'bits', 'channels_last', 'channels', 'size', 'step', 'kv_num_heads', 'n_targets', 'state_window', 'num_scan_inputs', 'start', 'end', 'onesided', 'layout'), wild.map((n) => int(n))),
    fc.tuple(fc.constantFrom('axes', 'perm', 'pads', 'strides', 'dilations', 'kernel_shape', 'split', 'starts', 'ends', 'output_shape', 'output_padding', 'shape', 'scan_input_axes', 'qkv_hidden_sizes'), fc.array(wild, { maxLength: 6 }).map((list) => ints(...list))),
    fc.tuple(fc.constantFrom('auto_pad', 'equation', 'mode', 'direction'), fc.constantFrom('SAME_UPPER', 'VALID', 'ij,jk->ik', '...i,i...', '->', '...', 'bidirectional', ',,').map((s) => text(s))),
    fc.tuple(fc.constant('scales'), fc.array(fc.constantFrom(0, -1, 0.5, 2, Number.NaN, Infinity), { maxLength: 4 }).map((list) => floats(...list))),
    fc.tuple(fc.constantFrom('then_branch', 'else_branch', 'body'), fc.constantFrom(...ops).map((op) => graphAttribute(graph({
      nodes: [node(op, ['p', 'x'], ['q'])], inputs: [valueInfo('p', 'int64', []), valueInfo('p2', 'bool', []), valueInfo('p3', 'float', null)], outputs: [valueInfo('q', 'float', null), valueInfo('p3', 'float', null)],
    })))),
  );
  const step = fc.record({ op: fc.constantFrom(...ops), inputs: fc.array(value, { maxLength: 5 }), attributes: fc.array(attribute, { maxLength: 5 }), outputs: fc.integer({ min: 0, max: 3 }) });
  const dim = fc.oneof(fc.constantFrom<number | string | null>(0, 1, 2, 3, 7, -1, 'n', 'm', null), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));

  it('never throw, and never show an impossible figure', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 8 }), fc.array(dim, { maxLength: 5 }), fc.array(wild, { maxLength: 4 }), fc.constantFrom(6, 9, 11, 13, 18, 23), (steps, shape, constants, opset) => {
      const { analysis } = analyzeParts({
        nodes: steps.map(({ op, inputs, attributes, outputs }, index) => node(op, inputs, Array.from({ length: outputs }, (_, at) => (at === 0 ? `a${String(index)}` : `b${String(index)}${String(at)}`)), { attributes: Object.fromEntries(attributes) })),
        initializers: [int64Tensor('k', [constants.length], constants), int64Tensor('z', [], [constants[0] ?? 0]), floatTensor('w', [2, 3, 1, 1], [1, 2, 3, 4, 5, 6])],
        inputs: [valueInfo('x', 'float', shape), valueInfo('i', 'int64', [3])],
        outputs: [valueInfo('a0', 'float', null)],
      }, { opsets: { '': opset } });
      for (const layer of analysis.layers) {
        for (const extent of layer.outputShapes.flatMap((dims) => dims ?? [])) {
          if (typeof extent === 'number') expect(Number.isSafeInteger(extent) && extent >= 0).toBe(true);
        }
        for (const figure of [layer.macs, layer.flops, layer.activationBytes]) expect(figure === null || (figure >= 0 && Number.isFinite(figure))).toBe(true);
        if (layer.macs === null || layer.flops === null || layer.activationBytes === null) expect(layer.unresolved?.reason).toBeTruthy();
      }
    }), { numRuns: 1500 });
  });
});
