import { describe, expect, it } from 'vitest';
import { analyzeModel, explainModel } from '../../src/graph/analysis';
import { CONVENTIONS } from '../../src/graph/cost/conventions';
import type { ExplainedTerm, Explanation, Figure } from '../../src/graph/explanation';
import { FIGURES } from '../../src/graph/explanation';
import { readModel } from '../../src/onnx/readModel';
import { loadBytes } from '../../src/onnx/tensorData';
import { memorySiblings, memorySource } from '../support/memorySource';
import { inception } from '../support/models/branching';
import { mobileNetV2, resNet18, singleLayers } from '../support/models/convolutional';
import { quantizedConvolution } from '../support/models/quantized';
import { bertBase } from '../support/models/transformers';
import type { GraphParts } from '../support/onnxBuilder';
import { buildModel, constant, floatTensor, graph, graphAttribute, int64Tensor, node, valueInfo } from '../support/onnxBuilder';

const loop = graphAttribute(graph({
  nodes: [node('MatMul', ['s', 'w'], ['s2'], { name: 'inner' }), node('Identity', ['go'], ['on'])],
  inputs: [valueInfo('i', 'int64', []), valueInfo('go', 'bool', []), valueInfo('s', 'float', [3, 4])],
  outputs: [valueInfo('on', 'bool', []), valueInfo('s2', 'float', null)],
}));

const looped: GraphParts = {
  nodes: [constant('n', int64Tensor('', [], [5])), node('Loop', ['n', '', 'x'], ['y'], { attributes: { body: loop } }), node('MatMul', ['y', 'w'], ['z'], { name: 'again' })],
  initializers: [floatTensor('w', [4, 4], new Array<number>(16).fill(1))],
  inputs: [valueInfo('x', 'float', [3, 4])],
  outputs: [valueInfo('z', 'float', null)],
};

function explainerOf(bytes: Uint8Array, convention: (typeof CONVENTIONS)[number]['id'] = 'strict') {
  const source = memorySource(bytes);
  const model = readModel(source);
  const options = { counting: { convention, weights: {} }, readBytes: (tensor: Parameters<typeof loadBytes>[0]) => loadBytes(tensor, { source, siblings: memorySiblings() }) };
  const { analysis } = analyzeModel(model, options);
  return { analysis, explainer: explainModel(model, analysis, options) };
}

const sumOf = (terms: readonly ExplainedTerm[]): number => terms.reduce((sum, { value }) => sum + Number(value), 0);

/** The product of a term's factors; 0 where the note says that it counts nothing. */
function productOf({ factors, note }: ExplainedTerm): number {
  const nothing = note === 'shared' || note === 'scale' || note === 'statistic' || note === 'setting' || note === 'mask' || note === 'data' || note === 'view' || note === 'inside';
  return nothing ? 0 : factors.reduce((product, { value }) => product * Number(value), 1);
}

const models: Readonly<Record<string, () => Uint8Array>> = {
  'ResNet-18': () => resNet18('apart'), 'MobileNet v2': () => mobileNetV2('folded'), BERT: () => bertBase(16), inception, LSTM: singleLayers['lstm']!, 'transposed convolution': singleLayers['convTranspose']!,
  'a quantized convolution': () => buildModel({ graph: graph(quantizedConvolution) }),
  'a loop': () => buildModel({ graph: graph(looped) }),
};

describe.each(Object.entries(models))('explanations of %s', (_, build) => {
  it.each(CONVENTIONS.map(({ id }) => id))('add up to the figures of every layer, counted %s', (convention) => {
    const { analysis, explainer } = explainerOf(build(), convention);
    for (const layer of analysis.layers) {
      for (const figure of FIGURES) {
        const { value, terms } = explainer.explain(layer.index, figure);
        expect(value).toBe(layer[figure]);
        if (value === null) continue;
        for (const term of terms) expect(term.value, `${layer.name} ${figure} ${JSON.stringify(term)}`).toBe(productOf(term));
        const [work, moved] = [terms.filter(({ role }) => role === 'products' || role === 'operations'), terms.filter(({ role }) => role !== 'products' && role !== 'operations')];
        expect(figure === 'intensity' ? sumOf(work) / sumOf(moved) : sumOf(terms), `${layer.name} ${figure}`).toBe(value);
      }
    }
  });

  it('add up to the totals', () => {
    const { analysis, explainer } = explainerOf(build());
    for (const figure of ['parameters', 'weightBytes', 'macs', 'flops', 'activationBytes'] as const) {
      const { value, terms } = explainer.explain(null, figure);
      expect(value).toBe(analysis.totals[figure]);
      expect(sumOf(terms)).toBe(value);
    }
  });
});

describe('an explanation', () => {
  const of = (parts: GraphParts, name: string, figure: Figure): Explanation => {
    const { analysis, explainer } = explainerOf(buildModel({ graph: graph(parts) }));
    return explainer.explain(analysis.layers.findIndex((layer) => layer.name === name), figure);
  };

  it('names the factors of a product, how often a loop runs it included', () => {
    expect(of(looped, 'Loop_1/body/inner', 'flops').terms).toEqual([{
      subject: '', role: 'products', value: 2 * 12 * 4 * 5, note: null,
      factors: [{ name: 'perMac', value: 2 }, { name: 'outputElements', value: 12 }, { name: 'sharedAxis', value: 4 }, { name: 'iterations', value: 5 }],
    }]);
  });

  it('tells which constants count, and why others do not', () => {
    expect(of(looped, 'again', 'parameters').terms).toEqual([{ subject: 'w', role: 'constant', factors: [{ name: 'elements', value: 4 }, { name: 'elements', value: 4 }], value: 0, note: 'shared' }]);
  });

  it('names the operators that only serve a layer', () => {
    const work = of(quantizedConvolution, 'conv', 'flops').terms.map(({ subject, role, value }) => ({ subject, role, value }));
    expect(work[0]).toEqual({ subject: '', role: 'products', value: 2 * 64 * 8 });
    expect(work.slice(1).map(({ subject, value }) => [subject, value])).toEqual([['QuantizeLinear', 256], ['DequantizeLinear', 256], ['DequantizeLinear', 64], ['QuantizeLinear', 128], ['DequantizeLinear', 128]]);
    expect(of(quantizedConvolution, 'conv', 'parameters').terms.map(({ subject, value, note }) => [subject, value, note])).toEqual(expect.arrayContaining([['w', 32, 'codes'], ['s', 0, 'scale']]));
  });

  it('shows symbols that are not set', () => {
    const { value, unresolved, terms } = of({ nodes: [node('Relu', ['x'], ['y'], { name: 'relu' })], inputs: [valueInfo('x', 'float', ['batch', 3])], outputs: [valueInfo('y', 'float', null)] }, 'relu', 'flops');
    expect({ value, reason: unresolved?.reason }).toEqual({ value: null, reason: 'dimension "batch" is not set' });
    expect(terms[0]).toMatchObject({ value: '3*batch', factors: [{ name: 'outputElements', value: '3*batch' }, { name: 'weight', value: 1 }] });
  });
});
