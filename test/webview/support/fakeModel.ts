import { STRICT_COUNTING } from '../../../src/graph/counting';
import { sameParameters } from '../../support/layers';
import type { MemoryProfile } from '../../../src/extension/editorApi';
import type { Layer, LayerWeight, ModelInfo, Totals } from '../../../src/graph/layer';
import type { AssessmentTotals, FormatOption, LayerAssessment, LayerDetail, QuantizedActivationsResult, QuantizeResult } from '../../../src/jobs/records';
import type { WeightScheme } from '../../../src/quant/scheme';
import { formatOf, schemeKey } from '../../../src/quant/scheme';

/** Models that the harness can show: figures are made up by simple rules, so that a test can foresee them. */
export type FakeModelKind = 'resnet' | 'flat' | 'large' | 'hostile' | 'empty' | 'stored';

interface Spec {
  readonly name: string;
  readonly scope?: readonly string[];
  readonly op: string;
  /** Weight dimensions; none: an operator without weights. */
  readonly dims?: readonly number[];
  readonly output: Layer['outputShapes'][number];
  readonly macs?: number | null;
}

export const INT8: WeightScheme = { kind: 'integer', bits: 8, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' };

function layer(index: number, spec: Spec): Layer {
  const elements = spec.dims?.reduce((product, dim) => product * dim, 1) ?? 0;
  const weight: LayerWeight = {
    key: `t${index}`, tensor: `${spec.name}.weight`, input: 1, dataType: 'float', dims: spec.dims ?? [], elements, bytes: elements * 4,
    channelAxis: 0, blockAxis: 1, obstacle: null, sharedWith: [],
  };
  const macs = spec.macs === undefined ? elements * 49 : spec.macs;
  return {
    index, name: spec.name, scope: spec.scope ?? [], op: spec.op, domain: '', inputShapes: [spec.output], outputShapes: [spec.output],
    parameters: elements, weightBytes: elements * 4, macs, flops: macs === null ? null : 2 * macs, activationBytes: 100_352, movedBytes: 200_704, intensity: macs === null ? null : (2 * macs) / 200_704,
    unresolved: macs === null ? { reason: `the operator ${spec.op} is not known`, blockedBy: spec.name } : null,
    weights: spec.dims === undefined ? [] : [weight],
  };
}

function resnet(): readonly Spec[] {
  const specs: Spec[] = [
    { name: '/conv1/Conv', scope: ['conv1'], op: 'Conv', dims: [64, 3, 7, 7], output: ['batch', 64, 112, 112] },
    { name: '/relu/Relu', scope: ['relu'], op: 'Relu', output: ['batch', 64, 112, 112], macs: 0 },
    { name: '/maxpool/MaxPool', scope: ['maxpool'], op: 'MaxPool', output: ['batch', 64, 56, 56], macs: 0 },
  ];
  let channels = 64;
  for (let stage = 1; stage <= 4; stage += 1) {
    const width = 64 * 2 ** (stage - 1);
    for (let block = 0; block < 2; block += 1) {
      const scope = [`layer${stage}`, `layer${stage}.${block}`];
      const prefix = `/${scope.join('/')}`;
      const output = ['batch', width, 56 / 2 ** (stage - 1), 56 / 2 ** (stage - 1)];
      specs.push(
        { name: `${prefix}/conv1/Conv`, scope: [...scope, 'conv1'], op: 'Conv', dims: [width, channels, 3, 3], output },
        { name: `${prefix}/relu/Relu`, scope: [...scope, 'relu'], op: 'Relu', output, macs: 0 },
        { name: `${prefix}/conv2/Conv`, scope: [...scope, 'conv2'], op: 'Conv', dims: [width, width, 3, 3], output },
      );
      if (channels !== width) specs.push({ name: `${prefix}/downsample/Conv`, scope: [...scope, 'downsample'], op: 'Conv', dims: [width, channels, 1, 1], output });
      specs.push({ name: `${prefix}/Add`, scope, op: 'Add', output, macs: 0 });
      channels = width;
    }
  }
  specs.push(
    { name: '/avgpool/GlobalAveragePool', scope: ['avgpool'], op: 'GlobalAveragePool', output: ['batch', 512, 1, 1], macs: 0 },
    { name: '/custom/FancyNorm', scope: ['custom'], op: 'FancyNorm', output: null, macs: null },
    { name: '/fc/Gemm', scope: ['fc'], op: 'Gemm', dims: [1000, 512], output: ['batch', 1000], macs: 512_000 },
  );
  return specs;
}

function large(count: number): readonly Spec[] {
  return Array.from({ length: count }, (_empty, index) => {
    const scope = [`block${Math.floor(index / 100)}`, `unit${Math.floor(index / 10) % 10}`, `part${index % 10}`];
    const hasWeights = index % 3 !== 2;
    return { name: `/${scope.join('/')}/${hasWeights ? 'MatMul' : 'Add'}`, scope, op: hasWeights ? 'MatMul' : 'Add', output: [1, 128, 256], ...(hasWeights ? { dims: [64, ((index * 37) % 900) + 16] } : { macs: 0 }) };
  });
}

function hostile(): readonly Spec[] {
  const names = [
    '<img src=x onerror="window.hacked=1">', '"><script>window.hacked=2</script>', '/a/../../etc/passwd', '🦊'.repeat(200), 'مرحبا بالعالم', '\u202Egnp.exe', 'x'.repeat(10_000), '',
    'name with  spaces\nand a line break', '${window.hacked=3}', '/'.repeat(300), '__proto__', 'constructor', 'e\u0301'.repeat(500),
  ];
  return names.map((name, index) => ({ name, scope: index % 2 === 0 ? [] : [name, `${name}<b>`], op: index === 0 ? '<b>Conv</b>' : 'Conv', dims: [8, 8, 3, 3], output: [name === '' ? 1 : name, 8, 8] }));
}

export function fakeLayers(kind: FakeModelKind): readonly Layer[] {
  const specs = kind === 'resnet' ? resnet() : kind === 'large' ? large(10_000) : kind === 'hostile' ? hostile() : kind === 'empty' ? [] : kind === 'stored' ? resnet() : resnet().map((spec, index) => ({ ...spec, name: `node_${index}`, scope: [] }));
  const layers = specs.map((spec, index) => layer(index, spec));
  return kind === 'stored' ? layers.map(stored) : layers;
}

/** As a quantizer leaves it: int8 weights by channel, uint8 activations. */
function stored(layer: Layer): Layer {
  const format = { bits: 8, symmetric: null, scales: null, zeroPoints: null, dynamic: false };
  const activations = { ...format, dataType: 'uint8' as const, granularity: 'tensor' as const };
  const weights = { ...format, dataType: 'int8' as const, granularity: 'channel' as const, elements: layer.parameters, codeBytes: layer.parameters, scaleBytes: 256 };
  return { ...layer, logical: { form: 'qdq', standsFor: [layer.op], weights: layer.weights.length > 0 ? weights : null, activations, output: null, members: [] } };
}

export function fakeInfo(kind: FakeModelKind): ModelInfo {
  const name = kind === 'hostile' ? '<b>bold</b>' : 'pytorch';
  return {
    file: '/models/resnet18.onnx', fileBytes: 46_800_000, externalBytes: 0, irVersion: 8, producer: name, producerVersion: '2.4.0', opsets: { '': 17 }, metadata: { task: 'image classification' },
    inputs: [{ name: 'input', dataType: 'float', shape: ['batch', 3, 224, 224] }], outputs: [{ name: 'logits', dataType: 'float', shape: ['batch', 1000] }],
    dimensions: { batch: 1 }, runtimeDimensions: {}, assumed: ['batch'], notes: [],
  };
}

export function fakeTotals(layers: readonly Layer[]): Totals {
  const sum = (of: (layer: Layer) => number): number => layers.reduce((total, each) => total + of(each), 0);
  return {
    ...sameParameters(sum(({ parameters }) => parameters)), weightBytes: sum(({ weightBytes }) => weightBytes), weightTypes: { float: sum(({ weightBytes }) => weightBytes) }, counting: STRICT_COUNTING, macs: sum(({ macs }) => macs ?? 0), flops: sum(({ flops }) => flops ?? 0),
    activationBytes: sum(({ activationBytes }) => activationBytes ?? 0), peakActivationBytes: 6_422_528, unresolved: layers.filter(({ macs }) => macs === null).length,
  };
}

/** 6 dB a bit, less a little that depends on the layer and on how many values share a scale. */
export function fakeSqnr(layer: Layer, scheme: WeightScheme): number | null {
  if (scheme.kind === 'float') return null;
  if (scheme.kind === 'float16') return 73.5;
  const finer = scheme.granularity === 'tensor' ? -4 : scheme.granularity === 'channel' ? 0 : 3;
  return 6.02 * scheme.bits - 6 + finer - (layer.index % 7) * 0.6 + (scheme.range === 'mse' ? 1.5 : 0);
}

export function fakeBytes(elements: number, scheme: WeightScheme, channels: number): number {
  if (scheme.kind === 'float') return elements * 4;
  if (scheme.kind === 'float16') return elements * 2;
  const groups = scheme.granularity === 'tensor' ? 1 : scheme.granularity === 'channel' ? channels : Math.ceil(elements / scheme.granularity.block);
  return Math.ceil((elements * scheme.bits) / 8) + groups * 4;
}

export function fakeAssessment(layer: Layer, scheme: WeightScheme, pending: boolean): LayerAssessment {
  const weight = layer.weights[0];
  if (weight === undefined) return { layer: layer.index, scheme: { kind: 'float' }, state: 'none', reason: '', sqnrDb: null, maxError: null, bytesBefore: layer.weightBytes, bytesAfter: layer.weightBytes };
  const sqnrDb = fakeSqnr(layer, scheme);
  const state = scheme.kind === 'float' ? 'float' : pending ? 'pending' : 'computed';
  return {
    layer: layer.index, scheme, state, reason: '', sqnrDb: state === 'computed' ? sqnrDb : null, maxError: state === 'computed' && sqnrDb !== null ? 10 ** (-sqnrDb / 20) : null,
    bytesBefore: layer.weightBytes, bytesAfter: fakeBytes(weight.elements, scheme, weight.dims[0] ?? 1),
  };
}

export function fakeAssessmentTotals(layers: readonly Layer[], assessments: readonly LayerAssessment[]): AssessmentTotals {
  const bytesBefore = assessments.reduce((sum, each) => sum + each.bytesBefore, 0);
  const bytesAfter = assessments.reduce((sum, each) => sum + each.bytesAfter, 0);
  const known = assessments.flatMap(({ sqnrDb }) => (sqnrDb === null ? [] : [sqnrDb]));
  const parameters = layers.reduce((sum, each) => sum + each.parameters, 0);
  return {
    bytesBefore, bytesAfter, averageBits: parameters === 0 ? 0 : (8 * bytesAfter) / parameters,
    sqnrDb: known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length, pending: assessments.filter(({ state }) => state === 'pending').length,
  };
}

export function fakeOptions(layer: Layer, chosen: WeightScheme): readonly FormatOption[] {
  const weight = layer.weights[0];
  if (weight === undefined) return [];
  const base = { kind: 'integer', signed: true, symmetric: true, range: 'minmax' } as const;
  const schemes: readonly WeightScheme[] = [
    { kind: 'float16' }, { ...base, bits: 16, granularity: 'channel' }, INT8, { ...base, bits: 8, granularity: 'tensor' }, { ...base, bits: 4, granularity: { block: 32 } },
    { ...base, bits: 4, granularity: 'channel' }, { ...base, bits: 4, granularity: 'channel', range: 'mse' }, { ...base, bits: 2, granularity: 'channel' }, { kind: 'float' },
  ];
  return schemes.map((scheme) => {
    const sqnrDb = fakeSqnr(layer, scheme);
    const twoBits = scheme.kind === 'integer' && scheme.bits === 2;
    return {
      scheme, chosen: schemeKey(scheme) === schemeKey(chosen), sqnrDb: twoBits ? null : sqnrDb, maxError: twoBits ? null : scheme.kind === 'float' ? 0 : 10 ** (-(sqnrDb ?? 0) / 20), bytes: fakeBytes(weight.elements, scheme, weight.dims[0] ?? 1),
      kernel: scheme.kind === 'integer' && scheme.bits === 8 ? 'QLinearConv' : 'float Conv: weights are dequantized at every inference',
      refusal: twoBits ? 'onnxruntime 1.30 does not load int2 weights' : '',
    };
  });
}

export function fakeDetail(layer: Layer, weight: number, scheme: WeightScheme): LayerDetail {
  const elements = layer.weights[weight]?.elements ?? 0;
  const bins = 96;
  const counts = Array.from({ length: bins }, (_empty, bin) => Math.round((elements / 20) * Math.exp(-Math.abs((bin - bins / 2 + 0.5) / 12) * 1.6)));
  const codes = scheme.kind === 'integer' && scheme.bits <= 8 ? 2 ** scheme.bits : 0;
  return {
    layer: layer.index, weight, scheme, values: { low: -0.21, high: 0.21, counts },
    levels: Array.from({ length: codes }, (_empty, code) => ((code - codes / 2) / (codes / 2)) * 0.18), levelsOf: 'channel 0',
    errors: scheme.kind === 'float' ? null : { low: -0.01, high: 0.01, counts: counts.map((count, bin) => Math.round(count / (1 + Math.abs(bin - bins / 2) / 20))) },
    channels: Array.from({ length: Math.min(256, layer.weights[weight]?.dims[0] ?? 1) }, (_empty, channel) => ({ label: String(channel), low: -0.05 - ((channel * 7919) % 100) / 700, high: 0.06 + ((channel * 104_729) % 100) / 800 })),
    channelCount: layer.weights[weight]?.dims[0] ?? 1, elements, zeros: 12, mean: 0.0003, deviation: 0.041,
  };
}

export function fakeResult(layers: readonly Layer[], assessments: readonly LayerAssessment[]): QuantizeResult {
  const totals = fakeAssessmentTotals(layers, assessments);
  return {
    output: '/models/resnet18.int8.onnx', externalData: null, bytes: { before: totals.bytesBefore + 20_000, after: totals.bytesAfter + 32_000 }, weightBytes: { before: totals.bytesBefore, after: totals.bytesAfter },
    activations: null,
    layers: layers.flatMap((each) => {
      const weight = each.weights[0];
      const assessment = assessments[each.index];
      if (weight === undefined || assessment === undefined) return [];
      const { scheme } = assessment;
      return [{
        name: each.name, op: each.op,
        weights: [{
          tensor: weight.tensor, stored: weight.dataType, format: formatOf(scheme), symmetric: true, granularity: scheme.kind === 'integer' ? scheme.granularity : ('tensor' as const), sqnrDb: assessment.sqnrDb, maxError: assessment.maxError ?? 0,
          bytes: { before: assessment.bytesBefore, after: assessment.bytesAfter }, skipped: scheme.kind === 'float' ? 'the plan keeps it float' : '',
        }],
      }];
    }),
    outputs: [{ name: 'logits', sqnrDb: 31.24, maxError: 0.183, samples: 128, source: 'samples', sameTop1: 0.992 }],
    notRun: '', accuracy: { before: 0.6976, after: 0.6969, samples: 128 }, notes: ['/custom/FancyNorm was left as it is: the operator is not known.'], milliseconds: 412,
  };
}

/** What quantizing activations of the model came to, with every kind of layer. */
export function fakeActivations(layers: readonly Layer[]): QuantizedActivationsResult {
  const [stem, plain, odd, last, ...rest] = layers.filter(({ weights }) => weights.length > 0);
  const read = (layer: Layer, output: 'quantized' | 'float', why = ''): QuantizedActivationsResult['layers'][number] => ({ name: layer.name, op: layer.op, output, why });
  return {
    format: 'uint8', method: 'percentile', equalized: true, source: 'samples', samples: 32, sqnrDb: 31.2, givenRanges: 0,
    tried: [{ method: 'minmax', equalized: false, sqnrDb: 24.1 }, { method: 'mse', equalized: false, sqnrDb: null }, { method: 'percentile', equalized: true, sqnrDb: 31.2 }],
    layers: [read(stem!, 'quantized'), read(plain!, 'float', 'a logarithm follows, which small values must reach'), read(odd!, 'quantized')],
    kernels: [{ layer: stem!.name, kernel: 'QLinearConv', integer: true, predicted: 'QLinearConv' }, { layer: plain!.name, kernel: 'Conv', integer: false, predicted: 'float Conv: its output stays float' }, { layer: odd!.name, kernel: 'FusedConv', integer: false, predicted: 'QLinearConv' }],
    integerMacs: 0.931, verified: true,
    float: [last!, ...rest].map(({ name, op }) => ({ name, op, why: 'the plan leaves them float' })),
  };
}

/** Memory that rises to the third layer and falls from there on. */
export function fakeMemory(layers: readonly Layer[]): MemoryProfile {
  const timeline = layers.map((_, index) => Math.round(6.42e6 / (1 + Math.abs(index - 2) / 8)));
  const use = (share: number): MemoryProfile['separate'] => ({ sum: 4e7 * share, peak: 6.42e6 * share, peakLayer: 2, timeline: timeline.map((bytes) => bytes * share) });
  return {
    inputBytes: 602_112, separate: use(1), inPlace: use(0.8), eightBit: use(0.25), lowerBound: 4e6, lowerBoundLayer: 2, unknown: 1,
    peakTensors: [{ name: 'input', bytes: 602_112, layer: null, from: 0, to: 0 }, { name: '/relu/Relu_output_0', bytes: 3_211_264, layer: 1, from: 1, to: 2 }, { name: '/maxpool/MaxPool_output_0', bytes: 802_816, layer: 2, from: 2, to: 5 }],
  };
}
