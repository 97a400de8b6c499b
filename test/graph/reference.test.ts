import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import type { Totals } from '../../src/graph/layer';
import { analyzeModel } from '../../src/graph/analysis';
import { readModel } from '../../src/onnx/readModel';
import { memorySource } from '../support/memorySource';
import { alexNet, mobileNetV1, resNet, squeezeNet } from '../support/models/classic';
import { mobileNetV2, resNet18, singleLayers, vgg, vgg16 } from '../support/models/convolutional';
import { bertBase, gpt2, multiHeadAttention, visionTransformer } from '../support/models/transformers';

/** Totals of a model whose weights are declared and nowhere stored. */
function totalsOf(bytes: Uint8Array, dimensions: Readonly<Record<string, number>> = {}): Totals {
  const { analysis } = analyzeModel(readModel(memorySource(bytes)), { dimensions });
  expect(analysis.layers.filter(({ unresolved }) => unresolved !== null)).toEqual([]);
  return analysis.totals;
}

/** Values of all one-dimensional weights. */
function biasesOf(bytes: Uint8Array): number {
  return onnx.ModelProto.decode(bytes).graph!.initializer!.reduce((sum, { dims }) => sum + (dims!.length === 1 ? Number(dims![0]) : 0), 0);
}

// Parameters and multiply-accumulates as torchvision, timm and transformers define these networks, counted by
// PyTorch's FLOP counter and, for the CNNs, by an independent walk over the exported graphs.
describe('totals of well-known networks', () => {
  it('VGG-16', () => {
    const totals = totalsOf(vgg16());
    expect(totals).toMatchObject({ parameters: 138_357_544, weightBytes: 4 * 138_357_544, macs: 15_470_264_320 });
    expect(totals.activationBytes / 1e6).toBeCloseTo(114.6, 1);
    // Two maps of 64 × 224 × 224 values: a convolution's output and its ReLU's.
    expect(totals.peakActivationBytes).toBe(2 * 64 * 224 * 224 * 4);
  });

  it('VGG-16 at 500 pixels, features pooled to 7 × 7', () => {
    const totals = totalsOf(vgg16(500));
    expect(totals.macs / 1e6).toBeCloseTo(76_110.3, 0);
    expect(totals.peakActivationBytes).toBe(128_000_000);
  });

  it('ResNet-18, batch normalization folded and not', () => {
    expect(totalsOf(resNet18('folded'))).toMatchObject({ parameters: 11_684_712, macs: 1_814_073_344 });
    // The running statistics of 4,800 channels are stored with the model, but are not parameters.
    expect(totalsOf(resNet18('apart'))).toMatchObject({ parameters: 11_689_512, weightBytes: 4 * (11_689_512 + 2 * 4_800), macs: 1_814_073_344 });
  });

  // Millions of multiply-accumulates; megabytes of all operators' outputs and of those alive at the peak. Batch normalization is folded where it is not said otherwise.
  it.each([
    ['AlexNet', alexNet(), 61_100_840, 714.19, 4.34, 1.55],
    ['VGG-11', vgg([1, 1, 2, 2, 2]), 132_863_336, 7_609.09, null, 25.72],
    ['VGG-19', vgg([2, 2, 4, 4, 4]), 143_667_240, 19_632.06, 125.1, 25.72],
    ['ResNet-34', resNet([3, 4, 6, 3], false), 21_789_160, 3_663.76, 35.6, 6.4],
    ['ResNet-50', resNet([3, 4, 6, 3], true), 25_530_472, 4_089.18, 105.9, 9.7],
    ['ResNet-101', resNet([3, 4, 23, 3], true), 44_496_488, 7_801.41, 160.6, 9.8],
    ['ResNet-152', resNet([3, 8, 36, 3], true), 60_117_096, 11_513.63, 228.1, 9.9],
    ['ResNeXt-50 32x4d', resNet([3, 4, 6, 3], true, 32, 4), 25_028_904 - 34_112, 4_230.48, null, null],
    ['SqueezeNet 1.0', squeezeNet('1.0'), 1_248_424, 818.92, 47.8, 9.1],
    ['SqueezeNet 1.1', squeezeNet('1.1'), 1_235_496, 349.15, 27.9, 6.3],
    ['MobileNet v1, batch normalization apart', mobileNetV1(), 4_231_976, 568.74, null, null],
  ])('%s', (_, bytes, parameters, megaMacs, megabytes, peakMegabytes) => {
    const totals = totalsOf(bytes);
    expect(totals.parameters).toBe(parameters);
    expect(totals.macs / 1e6).toBeCloseTo(megaMacs, 2);
    // The reference's graphs hand biases through Identity nodes and count their outputs: at most so much more, beside the rounding of its figures.
    const biases = (4 * biasesOf(bytes)) / 1e6;
    for (const [figure, reference] of [[totals.activationBytes / 1e6, megabytes], [totals.peakActivationBytes / 1e6, peakMegabytes]] as const) {
      if (reference === null) continue;
      expect(reference - figure).toBeGreaterThan(-0.05);
      expect(reference - figure).toBeLessThan(biases + 0.05);
    }
  });

  it('MobileNet v2', () => {
    expect(totalsOf(mobileNetV2('folded'))).toMatchObject({ parameters: 3_487_816, macs: 300_774_272 });
    expect(totalsOf(mobileNetV2('apart'))).toMatchObject({ parameters: 3_504_872, macs: 300_774_272 });
  });

  it('ViT-B/16', () => {
    const totals = totalsOf(visionTransformer());
    expect(totals.parameters).toBe(86_567_656);
    expect(totals.macs / 1e6).toBeCloseTo(17_563.83, 2);
  });

  it.each([[128, 11.174], [256, 22.952], [384, 35.333], [512, 48.319]])('BERT base at %i tokens', (tokens, gigaMacs) => {
    for (const totals of [totalsOf(bertBase(tokens)), totalsOf(bertBase('tokens'), { tokens })]) {
      expect(totals.parameters).toBe(109_482_240);
      expect(totals.macs / 1e9).toBeCloseTo(gigaMacs, 2);
    }
  });

  it.each([[8, 0.681, 0.989], [128, 11.174, 16.114], [1024, 106.3, 145.824]])('GPT-2 at %i tokens, without and with its tied head', (tokens, body, withHead) => {
    expect(totalsOf(gpt2(tokens, false)).macs / 1e9).toBeCloseTo(body, 3);
    const totals = totalsOf(gpt2(tokens, true));
    expect(totals).toMatchObject({ parameters: 124_439_808 });
    expect(totals.macs / 1e9).toBeCloseTo(withHead, 3);
  });
});

describe('multiply-accumulates of single layers', () => {
  it.each([
    ['conv', 115_605_504],
    ['convTranspose', 33_554_432],
    ['lstm', 3_276_800],
    ['gru', 2_457_600],
    ['batchNorm', 0],
    ['softmax', 0],
    ['sigmoid', 0],
    ['maxPool', 0],
    ['upsample', 0],
  ])('%s', (name, macs) => {
    expect(totalsOf(singleLayers[name]!()).macs).toBe(macs);
  });

  it('multi-head attention', () => {
    expect(totalsOf(multiHeadAttention()).macs).toBe(41_943_040);
  });
});
