import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyzeMemory, analyzeModel } from '../../../src/graph/analysis';
import type { MemoryProfile } from '../../../src/graph/memory/memoryProfile';
import { readModel } from '../../../src/onnx/readModel';
import { memorySource } from '../../support/memorySource';
import { denseBlock, hourglass, inception, split } from '../../support/models/branching';
import { mobileNetV2, resNet18, singleLayers, vgg16 } from '../../support/models/convolutional';
import { bertBase, gpt2, multiHeadAttention, visionTransformer } from '../../support/models/transformers';
import { buildModel, graph, int, node, valueInfo } from '../../support/onnxBuilder';
import { programOf, simulate } from './simulator';

const profileOf = (bytes: Uint8Array): MemoryProfile => analyzeMemory(readModel(memorySource(bytes)));

describe('activation memory of whole networks', () => {
  const networks: Readonly<Record<string, () => Uint8Array>> = {
    'VGG-16': () => vgg16(), 'ResNet-18': () => resNet18('folded'), 'ResNet-18 with batch normalization': () => resNet18('apart'),
    'MobileNet v2': () => mobileNetV2('folded'), 'BERT base': () => bertBase(16), 'GPT-2': () => gpt2(8, true), 'ViT-B/16': visionTransformer,
    'multi-head attention': multiHeadAttention, 'a dense block': denseBlock, inception, hourglass, split, 'one LSTM': singleLayers['lstm']!,
  };

  it.each(Object.entries(networks))('%s is as a step by step simulation finds', (_, build) => {
    const bytes = build();
    const { analysis } = analyzeModel(readModel(memorySource(bytes)));
    const profile = profileOf(bytes);
    const program = programOf(bytes, analysis.layers);
    expect(profile.separate.timeline).toEqual(simulate(program, false));
    expect(profile.inPlace.timeline).toEqual(simulate(program, true));
    expect(profile.separate.peak).toBe(Math.max(...profile.separate.timeline));
    expect(profile.separate.peak).toBe(analysis.totals.peakActivationBytes);
    expect(profile.separate.sum).toBe(analysis.totals.activationBytes + profile.inputBytes);
    expect(profile.unknown).toBe(0);
  });

  it('VGG-16 takes what is quoted for it', () => {
    const at224 = profileOf(vgg16());
    const at500 = profileOf(vgg16(500));
    // 15,237,608 values at 224 pixels and 75,730,968 at 500, where the feature map is pooled from 15 × 15 to 7 × 7 first.
    expect(at224.inPlace.sum).toBe(4 * 15_237_608);
    expect(at500.inPlace.sum).toBe(4 * (75_730_968 + 512 * 49));
    expect(at500.inPlace.sum / 1e6).toBeCloseTo(303, 0);
    expect(at500.separate.sum / 1e6).toBeCloseTo(573, 0);
    expect(at500.separate.peak).toBe(128_000_000);
    expect(at500.eightBit.peak).toBe(32_000_000);
    expect(at500.peakTensors.map(({ bytes }) => bytes)).toEqual([64_000_000, 64_000_000]);
    expect(at500.lowerBound).toBe(128_000_000);
  });
});

interface Made {
  readonly op: 'Concat' | 'Relu' | 'Identity' | 'Add';
  readonly from: readonly number[];
}

/** A random program over float vectors: value 0 is the input, step i makes value i + 1. */
const program: fc.Arbitrary<{ readonly size: number; readonly made: readonly Made[]; readonly outputs: readonly number[] }> = fc
  .record({
    size: fc.integer({ min: 1, max: 9 }),
    choices: fc.array(fc.record({ op: fc.constantFrom('Concat', 'Relu', 'Identity', 'Add'), a: fc.nat(), b: fc.nat() }), { minLength: 1, maxLength: 12 }),
    outputs: fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
  })
  .map(({ size, choices, outputs }) => {
    const sizes = [size];
    const made = choices.map(({ op, a, b }, step): Made => {
      const [first, second] = [a % (step + 1), b % (step + 1)];
      // Vectors can be added when they are equally long.
      const from = op === 'Concat' ? [first, second] : op === 'Add' && sizes[first] === sizes[second] ? [first, second] : [first];
      sizes.push(op === 'Concat' ? sizes[first]! + sizes[second]! : sizes[first]!);
      return { op: op === 'Add' && from.length < 2 ? 'Relu' : op, from };
    });
    return { size, made, outputs: [...new Set(outputs.map((pick) => 1 + (pick % choices.length)))] };
  });

const nameOf = (value: number): string => `v${String(value)}`;

function nodesOf(made: readonly Made[], firstStep = 0) {
  return made.map(({ op, from }, step) => node(op, from.map(nameOf), [nameOf(firstStep + step + 1)], { attributes: op === 'Concat' ? { axis: int(0) } : {} }));
}

function modelOf(size: number, nodes: ReturnType<typeof nodesOf>, outputs: readonly number[], functions?: Parameters<typeof buildModel>[0]['functions']): Uint8Array {
  return buildModel({
    graph: graph({ nodes, inputs: [valueInfo('v0', 'float', [size])], outputs: outputs.map((value) => valueInfo(nameOf(value), 'float', null)) }),
    ...(functions && { functions, opsets: { '': 17, local: 1 } }),
  });
}

describe('activation memory of random programs', () => {
  it('is as a step by step simulation finds', () => {
    fc.assert(fc.property(program, ({ size, made, outputs }) => {
      const bytes = modelOf(size, nodesOf(made), outputs);
      const flat = programOf(bytes, analyzeModel(readModel(memorySource(bytes))).analysis.layers);
      const { separate, inPlace, lowerBound } = profileOf(bytes);
      expect(separate.timeline).toEqual(simulate(flat, false));
      expect(inPlace.timeline).toEqual(simulate(flat, true));
      expect(inPlace.peak).toBeLessThanOrEqual(separate.peak);
      expect(lowerBound).toBeLessThanOrEqual(separate.peak);
    }), { numRuns: 400, seed: 20_26 });
  });

  it('is the same when a part of the program is a function', () => {
    fc.assert(fc.property(program, fc.nat(), fc.nat(), ({ size, made, outputs }, a, b) => {
      const [start, end] = [a % made.length, b % made.length].sort((x, y) => x - y) as [number, number];
      const part = made.slice(start, end + 1);
      const produced = new Set(part.map((_, index) => start + index + 1));
      const needed = [...new Set(part.flatMap(({ from }) => from))].filter((value) => !produced.has(value));
      const later = made.slice(end + 1).flatMap(({ from }) => from);
      const given = [...produced].filter((value) => later.includes(value) || outputs.includes(value));
      const call = node('Part', needed.map(nameOf), given.map(nameOf), { domain: 'local' });
      const nodes = [...nodesOf(made.slice(0, start)), call, ...nodesOf(made.slice(end + 1), end + 1)];
      const wrapped = modelOf(size, nodes, outputs, [{ name: 'Part', domain: 'local', inputs: needed.map(nameOf), outputs: given.map(nameOf), nodes: nodesOf(part, start) }]);
      const flat = profileOf(modelOf(size, nodesOf(made), outputs));
      const inside = profileOf(wrapped);
      // The call has a row of its own, in which nothing new is made yet.
      expect(inside.separate.timeline.filter((_, layer) => layer !== start)).toEqual(flat.separate.timeline);
      expect(inside.inPlace.timeline.filter((_, layer) => layer !== start)).toEqual(flat.inPlace.timeline);
      expect(inside.separate.peak).toBe(flat.separate.peak);
    }), { numRuns: 200, seed: 20_27 });
  });
});
