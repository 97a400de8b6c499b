import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONVENTIONS } from '../../../src/graph/cost/conventions';
import type { Counting } from '../../../src/graph/counting';
import type { Totals } from '../../../src/graph/layer';
import { analyzeModel } from '../../../src/graph/analysis';
import { readModel } from '../../../src/onnx/readModel';
import { caught } from '../../support/caught';
import { memorySource } from '../../support/memorySource';
import { mobileNetV2, resNet18, singleLayers, vgg16 } from '../../support/models/convolutional';
import { bertBase, visionTransformer } from '../../support/models/transformers';
import { node, valueInfo } from '../../support/onnxBuilder';
import { analyzeParts } from '../support';
import type { SingleOperator } from '../operands';
import { analyzeOperator } from '../operands';

interface CountedOperator extends SingleOperator {
  readonly outputs: number;
  readonly count: number;
}

// Written by test/vectors/instructionWeights.py with onnx-tool.
const vectors = JSON.parse(readFileSync(new URL('../../vectors/instructionWeights.json', import.meta.url), 'utf8')) as readonly CountedOperator[];

function totalsOf(bytes: Uint8Array, counting: Counting): Totals {
  return analyzeModel(readModel(memorySource(bytes)), { counting }).analysis.totals;
}

const by = (convention: Counting['convention'], weights: Counting['weights'] = {}): Counting => ({ convention, weights });

describe('the instruction-weighted convention', () => {
  it.each(vectors.map((vector): [string, CountedOperator] => [`${vector.op} ${JSON.stringify(vector.inputs.map((input) => input?.shape))} ${JSON.stringify(vector.attributes)}`, vector]))('%s', (_, vector) => {
    const { totals } = analyzeOperator(vector, vector.outputs, by('instruction-weighted'));
    expect(totals.flops).toBe(vector.count);
  });

  // Single layers and whole networks as onnx-tool counts their exported graphs.
  it.each([['conv', 115_806_208], ['convTranspose', 67_239_936], ['lstm', 4_480_000], ['gru', 3_200_000], ['batchNorm', 6_221_824], ['softmax', 589_824], ['sigmoid', 6_422_528], ['maxPool', 1_806_336], ['upsample', 802_816]])('%s alone', (name, count) => {
    expect(totalsOf(singleLayers[name]!(), by('instruction-weighted')).flops).toBe(count);
  });

  it('ResNet-18', () => {
    expect(totalsOf(resNet18('folded'), by('instruction-weighted')).flops).toBe(1_821_452_264);
  });
});

describe('the other conventions', () => {
  it.each([['VGG-16', vgg16(), 15.470], ['ResNet-18', resNet18('apart'), 1.814], ['MobileNet v2', mobileNetV2('apart'), 0.301], ['ViT-B/16', visionTransformer(), 17.564]])('%s has the "GFLOPS" of torchvision’s tables', (_, bytes, giga) => {
    expect(totalsOf(bytes, by('torchvision')).flops / 1e9).toBeCloseTo(giga, 3);
  });

  it('torchvision counts a multiply-accumulate once and ×2 twice; neither counts anything else', () => {
    const bytes = bertBase(128);
    const { macs } = totalsOf(bytes, by('strict'));
    expect(totalsOf(bytes, by('torchvision'))).toMatchObject({ macs, flops: macs });
    expect(totalsOf(bytes, by('x2'))).toMatchObject({ macs, flops: 2 * macs });
  });

  it('MACs are strict whatever convention counts the FLOPs', () => {
    for (const { id } of CONVENTIONS) {
      expect(totalsOf(singleLayers['convTranspose']!(), by(id)).macs).toBe(33_554_432);
    }
  });

  it('batch normalization after a convolution costs nothing where it can be folded', () => {
    const folded = totalsOf(resNet18('folded'), by('strict'));
    expect(totalsOf(resNet18('apart'), by('strict')).flops).toBe(folded.flops);
    expect(totalsOf(resNet18('apart'), by('instruction-weighted')).flops).toBeGreaterThan(totalsOf(resNet18('folded'), by('instruction-weighted')).flops);
  });

  it('an operator that a convention does not know counts nothing; one that Nibble does not know stays unknown', () => {
    const parts = { nodes: [node('Selu', ['x'], ['y'], { name: 'selu' })], inputs: [valueInfo('x', 'float', [10])], outputs: [valueInfo('y', 'float', null)] };
    expect(analyzeParts(parts, { counting: by('instruction-weighted') }).analysis.totals).toMatchObject({ flops: 0, unresolved: 0 });
    expect(analyzeParts(parts).analysis.totals).toMatchObject({ flops: 50, unresolved: 0 });
    const strange = { ...parts, nodes: [node('Fancy', ['x'], ['y'], { name: 'fancy' })] };
    expect(analyzeParts(strange, { counting: by('instruction-weighted') }).analysis.totals.unresolved).toBe(1);
  });
});

describe('weights that a person sets', () => {
  const sigmoid = singleLayers['sigmoid']!();

  it('replace the convention’s', () => {
    expect(totalsOf(sigmoid, by('strict')).flops).toBe(4 * 200_704);
    expect(totalsOf(sigmoid, by('strict', { Sigmoid: 1 }))).toMatchObject({ flops: 200_704, counting: { convention: 'strict', weights: { Sigmoid: 1 } } });
    expect(totalsOf(sigmoid, by('strict', { Sigmoid: 0 })).flops).toBe(0);
    expect(totalsOf(singleLayers['upsample']!(), by('strict', { 'Upsample.linear': 7 })).flops).toBe(7 * 200_704);
  });

  it.each([
    ['a weight that there is not', by('strict', { Sigmoyd: 1 })],
    ['a name of every object', by('strict', { constructor: 1 })],
    ['a negative weight', by('strict', { Sigmoid: -1 })],
    ['a weight without bounds', by('strict', { Sigmoid: Infinity })],
    ['a weight where none count', by('torchvision', { Sigmoid: 1 })],
    ['a convention that there is not', { convention: 'bogus' as 'strict', weights: {} }],
  ])('refuses %s', async (_, counting) => {
    const error = await caught(() => totalsOf(sigmoid, counting));
    expect(error).toMatchObject({ reason: 'invalid-argument' });
  });

  it('have unique names in every convention', () => {
    for (const { weights } of CONVENTIONS) expect(new Set(weights.map(({ name }) => name)).size).toBe(weights.length);
  });
});
