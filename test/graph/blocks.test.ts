import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelAnalysis } from '../../src/graph/analysis';
import { analyzeModel } from '../../src/graph/analysis';
import { MIN_LAYERS_IN_BLOCK, repeatedBlocks } from '../../src/graph/blocks';
import type { RepeatedBlock } from '../../src/graph/layer';
import { readModel } from '../../src/onnx/readModel';
import { memorySource } from '../support/memorySource';
import { mobileNetV2, resNet18, vgg16 } from '../support/models/convolutional';
import { bertBase, gpt2, visionTransformer } from '../support/models/transformers';
import { float, floatTensor, node, rawTensor, valueInfo } from '../support/onnxBuilder';
import { analyzeParts } from './support';

const blocksOf = ({ analysis, sites }: ModelAnalysis): readonly RepeatedBlock[] => repeatedBlocks(analysis.layers, sites, analysis.model);
const blocksOfModel = (bytes: Uint8Array): readonly RepeatedBlock[] => blocksOf(analyzeModel(readModel(memorySource(bytes))));

/** An operator of a block: what it does, and how many values back it reads; the first value is what comes into the block. */
interface Part {
  readonly op: 'MatMul' | 'Add' | 'Relu' | 'Elu';
  readonly back: readonly number[];
  readonly alpha?: number;
}

type Naming = (block: number, part: number, op: string, count: number) => string;

const NAMINGS: Readonly<Record<string, Naming>> = {
  'torch scopes': (block, part, op) => `/encoder/layer.${String(block)}/part${String(part)}/${op}`,
  'scopes of one level': (block, part, op) => `block_${String(block)}/${op}_${String(part)}`,
  'scopes with a number from the second on': (block, part, op) => `net/dense${block === 0 ? '' : `_${String(block)}`}/${op}${String(part)}`,
  'no scopes': (block, part, op, count) => `${op}_${String(block * count + part)}`,
};

const SIZE = 8;

/** Embedding, the parts `count` times in a row, and a head. `twist` changes the parts of one repetition. */
function network(parts: readonly Part[], count: number, name: Naming, twist: (part: Part, block: number) => Part = (part) => part): ModelAnalysis {
  const nodes = [node('Sigmoid', ['x'], ['v'], { name: 'stem/Sigmoid' })];
  const initializers = [];
  let input = 'v';
  for (let block = 0; block < count; block += 1) {
    const values = [input];
    for (const [index, given] of parts.entries()) {
      const { op, back, alpha } = twist(given, block);
      const output = `v${String(block)}.${String(index)}`;
      const reads = back.map((distance) => values[Math.max(0, values.length - 1 - distance)]!);
      const weight = `w${String(block)}.${String(index)}`;
      if (op === 'MatMul') initializers.push(floatTensor(weight, [SIZE, SIZE], new Array<number>(SIZE * SIZE).fill(1)));
      nodes.push(node(op, op === 'MatMul' ? [reads[0]!, weight] : op === 'Add' ? [reads[0]!, reads[1]!] : [reads[0]!], [output], { name: name(block, index, op, parts.length), ...(alpha === undefined ? {} : { attributes: { alpha: float(alpha) } }) }));
      values.push(output);
    }
    input = values.at(-1)!;
  }
  nodes.push(node('Tanh', [input], ['y'], { name: 'head/Tanh' }));
  return analyzeParts({ nodes, initializers, inputs: [valueInfo('x', 'float', [1, SIZE])], outputs: [valueInfo('y', 'float', null)] });
}

/** Blocks that no shorter part repeats: the last operator is used once. */
const someParts = fc
  .array(fc.record({ op: fc.constantFrom<Part['op']>('MatMul', 'Add', 'Relu'), back: fc.tuple(fc.nat(3), fc.nat(3)) }), { minLength: MIN_LAYERS_IN_BLOCK, maxLength: 9 })
  .map((parts): readonly Part[] => [{ op: 'MatMul', back: [0] }, ...parts, { op: 'Elu', back: [0], alpha: 0.5 }]);

describe('repeated blocks', () => {
  it.each(Object.entries(NAMINGS))('are found in networks with %s', (style, name) => {
    fc.assert(fc.property(someParts, fc.integer({ min: 2, max: 12 }), (parts, count) => {
      const found = blocksOf(network(parts, count, name));
      const [block] = found;
      expect(found).toHaveLength(1);
      expect(block).toMatchObject({ layers: parts.length });
      if (style === 'no scopes') {
        // Where a block is cut is a matter of taste; a whole one at the end can get lost by it.
        expect(block!.count).toBeGreaterThanOrEqual(Math.max(2, count - 1));
        expect(block!.first).toBeLessThanOrEqual(parts.length + 1);
      } else {
        expect(block).toMatchObject({ count, first: 1 });
      }
    }), { seed: 12, numRuns: 60 });
  });

  const residual: readonly Part[] = [{ op: 'MatMul', back: [0] }, { op: 'Relu', back: [0] }, { op: 'MatMul', back: [0] }, { op: 'Add', back: [0, 3] }, { op: 'Elu', back: [0], alpha: 0.5 }];
  const scoped = NAMINGS['torch scopes']!;

  it('end where an attribute differs', () => {
    const found = blocksOf(network(residual, 6, scoped, (part, block) => (part.op === 'Elu' && block === 4 ? { ...part, alpha: 0.25 } : part)));
    expect(found.map(({ first, count }) => [first, count])).toEqual([[1, 4]]);
  });

  it.each(['torch scopes', 'no scopes'])('end where the wiring inside differs and begin again behind it, with %s', (style) => {
    const found = blocksOf(network(residual, 6, NAMINGS[style]!, (part, block) => (part.op === 'Add' && block === 3 ? { ...part, back: [0, 2] } : part)));
    expect(found.map(({ first, count }) => [first, count])).toEqual([[1, 3], [21, 2]]);
  });

  it('are found between the quantizers of their activations, by the same wiring', () => {
    const count = 6;
    const initializers = [floatTensor('scale', [], [0.1]), rawTensor('zero', 'uint8', [], Uint8Array.of(128))];
    const quantized = (value: string) => [node('QuantizeLinear', [value, 'scale', 'zero'], [`${value}.q`], { name: `${value}.Q` }), node('DequantizeLinear', [`${value}.q`, 'scale', 'zero'], [`${value}.d`], { name: `${value}.DQ` })];
    const found = (twisted: number) => {
      const nodes = [node('Sigmoid', ['x'], ['b0'], { name: 'stem/Sigmoid' }), ...quantized('b0')];
      for (let block = 0; block < count; block += 1) {
        const [input, m, r, p] = [`b${block}`, `m${block}`, `r${block}`, `p${block}`];
        nodes.push(
          node('MatMul', [`${input}.d`, `w${block}`], [m], { name: `/enc/layer.${block}/fc1/MatMul` }), ...quantized(m),
          node('Relu', [`${m}.d`], [r], { name: `/enc/layer.${block}/Relu` }), ...quantized(r),
          node('MatMul', [`${r}.d`, `u${block}`], [p], { name: `/enc/layer.${block}/fc2/MatMul` }), ...quantized(p),
          node('Add', [`${p}.d`, `${block === twisted ? r : input}.d`], [`b${block + 1}`], { name: `/enc/layer.${block}/Add` }), ...quantized(`b${block + 1}`),
        );
      }
      nodes.push(node('Tanh', [`b${count}.d`], ['y'], { name: 'head/Tanh' }));
      const weights = Array.from({ length: count }, (_, block) => [`w${block}`, `u${block}`]).flat().map((name) => floatTensor(name, [SIZE, SIZE], new Array<number>(SIZE * SIZE).fill(1)));
      return blocksOf(analyzeParts({ nodes, initializers: [...initializers, ...weights], inputs: [valueInfo('x', 'float', [1, SIZE])], outputs: [valueInfo('y', 'float', null)] })).map(({ first, count: times, layers }) => [first, times, layers]);
    };
    expect(found(-1)).toEqual([[1, 6, 4]]);
    expect(found(3)).toEqual([[1, 3, 4], [17, 2, 4]]);
  });

  it('are not made of single operators with their activation', () => {
    expect(blocksOf(network([{ op: 'MatMul', back: [0] }, { op: 'Relu', back: [0] }], 12, NAMINGS['no scopes']!))).toEqual([]);
    expect(blocksOfModel(vgg16())).toEqual([]);
  });

  it('are parts of the same name: a query is no repetition of a key', () => {
    const roles = ['query', 'key', 'value'];
    const parts: readonly Part[] = [{ op: 'MatMul', back: [0] }, { op: 'Relu', back: [0] }, { op: 'MatMul', back: [0] }, { op: 'Relu', back: [0] }, { op: 'Elu', back: [0] }];
    expect(blocksOf(network(parts, 3, (block, part, op) => `/attention/${roles[block]!}/${op}_${String(part)}`))).toEqual([]);
    expect(blocksOf(network(parts, 3, (block, part, op) => `/attention/head${String(block)}/${op}_${String(part)}`))).toHaveLength(1);
  });

  it('are found inside blocks', () => {
    const nested = blocksOf(network(residual, 6, (block, part, op) => `/stage${String(Math.floor(block / 3))}/unit${String(block % 3)}/${op}_${String(part)}`));
    expect(nested).toEqual([
      { scope: [], first: 1, entries: 1, count: 2, layers: 15 },
      { scope: ['stage0'], first: 1, entries: 1, count: 3, layers: 5 },
      { scope: ['stage1'], first: 16, entries: 1, count: 3, layers: 5 },
    ]);
  });

  it('follow names that alternate', () => {
    const pairs = blocksOf(network([...residual, { op: 'Relu', back: [0] }, { op: 'MatMul', back: [0] }], 4, (block, part, op) => (part < residual.length ? `conv${String(block)}/${op}_${String(part)}` : `norm${String(block)}/${op}_${String(part)}`)));
    expect(pairs).toEqual([{ scope: [], first: 1, entries: 2, count: 4, layers: 7 }]);
  });

  it.each([
    ['BERT', bertBase(128), [[12, 29, 'MatMul']]],
    ['BERT with an open length', bertBase('tokens'), [[12, 29, 'MatMul']]],
    ['GPT-2', gpt2(64, true), [[12, 28, 'LayerNormalization']]],
    ['a vision transformer', visionTransformer(), [[12, 28, 'LayerNormalization']]],
    ['ResNet-18', resNet18('folded'), [[2, 5, 'Conv']]],
    ['MobileNet v2', mobileNetV2('apart'), [[2, 9, 'Conv'], [3, 9, 'Conv'], [2, 9, 'Conv'], [2, 9, 'Conv']]],
  ] as const)('of %s begin where a reader would say so', (_, bytes, expected) => {
    const analyzed = analyzeModel(readModel(memorySource(bytes)));
    expect(blocksOf(analyzed).map(({ count, layers, first }) => [count, layers, analyzed.analysis.layers[first]!.op])).toEqual(expected);
  });

  it('cost little', () => {
    const analyzed = network(residual, 4_000, NAMINGS['no scopes']!);
    const begun = performance.now();
    expect(blocksOf(analyzed)[0]).toMatchObject({ count: 4_000 });
    expect(performance.now() - begun).toBeLessThan(1_500);
  });
});
