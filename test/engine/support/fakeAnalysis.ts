import { STRICT_COUNTING } from '../../../src/graph/counting';
import { sameParameters } from '../../support/layers';
import type { Analysis, Layer, LayerWeight } from '../../../src/graph/layer';

export function fakeWeight(tensor: string, dims: readonly number[]): LayerWeight {
  const elements = dims.reduce((product, dim) => product * dim, 1);
  return { key: tensor, tensor, input: 1, dataType: 'float', dims, elements, bytes: elements * 4, channelAxis: 0, blockAxis: 1, obstacle: null, sharedWith: [] };
}

export function fakeLayer(index: number, name: string, overrides: Partial<Layer> = {}): Layer {
  const scope = name.startsWith('/') ? name.slice(1).split('/').slice(0, -1) : [];
  const weights = overrides.weights ?? [fakeWeight(`${name}.weight`, [16, 16])];
  const parameters = weights.reduce((sum, weight) => sum + weight.elements, 0);
  return {
    index,
    name,
    scope,
    op: 'Conv',
    domain: '',
    inputShapes: [[1, 3, 8, 8]],
    outputShapes: [[1, 16, 8, 8]],
    parameters,
    weightBytes: parameters * 4,
    macs: 16_384,
    flops: 32_768,
    activationBytes: 4096,
    movedBytes: 5888,
    intensity: 32_768 / 5888,
    unresolved: null,
    weights,
    ...overrides,
  };
}

/** A model of `count` convolutions in scopes of ten. */
export function fakeAnalysis(file: string, count: number): Analysis {
  const layers = Array.from({ length: count }, (_, index) => fakeLayer(index, `/block${Math.floor(index / 10)}/conv${index % 10}/Conv`));
  return analysisOf(file, layers);
}

export function analysisOf(file: string, layers: readonly Layer[]): Analysis {
  const sum = (value: (layer: Layer) => number | null): number => layers.reduce((total, layer) => total + (value(layer) ?? 0), 0);
  return {
    model: {
      file,
      fileBytes: 1234,
      externalBytes: 0,
      irVersion: 8,
      producer: 'test',
      producerVersion: '1',
      opsets: { '': 17 },
      metadata: {},
      inputs: [],
      outputs: [],
      dimensions: {},
      runtimeDimensions: {},
      assumed: [],
      notes: [],
    },
    totals: {
      ...sameParameters(sum((layer) => layer.parameters)),
      weightBytes: sum((layer) => layer.weightBytes),
      weightTypes: { float: sum((layer) => layer.weightBytes) },
      macs: sum((layer) => layer.macs),
      flops: sum((layer) => layer.flops),
      counting: STRICT_COUNTING,
      activationBytes: sum((layer) => layer.activationBytes),
      peakActivationBytes: 8192,
      unresolved: 0,
    },
    layers,
  };
}
