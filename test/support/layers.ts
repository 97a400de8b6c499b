import type { Layer, LayerWeight, Totals } from '../../src/graph/layer';

/** A weight of a layer; what a test does not care about is filled in. */
export function makeWeight(fields: Partial<LayerWeight> = {}): LayerWeight {
  const dims = fields.dims ?? [64, 64];
  const elements = fields.elements ?? dims.reduce((product, dim) => product * dim, 1);
  return {
    key: 'w',
    tensor: 'w',
    input: 1,
    dataType: 'float',
    bytes: elements * 4,
    channelAxis: 1,
    blockAxis: 0,
    obstacle: null,
    sharedWith: [],
    ...fields,
    dims,
    elements,
  };
}

/** Layers with these names in this order; each has one weight of its own unless `weights` says otherwise. */
export function makeLayers(names: readonly string[], weights: (name: string, index: number) => readonly LayerWeight[] = (name, index) => [makeWeight({ key: `${index}`, tensor: `${name}.weight` })]): readonly Layer[] {
  return names.map((name, index) => {
    const own = weights(name, index);
    const elements = own.reduce((sum, weight) => sum + weight.elements, 0);
    return {
      index,
      name,
      scope: name.split('/').filter((part) => part !== '').slice(0, -1),
      op: own.length > 0 ? 'MatMul' : 'Relu',
      domain: '',
      inputShapes: [[1, 64]],
      outputShapes: [[1, 64]],
      parameters: elements,
      weightBytes: elements * 4,
      macs: elements,
      flops: 2 * elements,
      activationBytes: 256,
      movedBytes: 512 + elements * 4,
      intensity: (2 * elements) / (512 + elements * 4),
      unresolved: null,
      weights: own,
    };
  });
}

/** Parameter figures of a model in which every constant is a float initializer that is trained. */
export function sameParameters(parameters: number): Pick<Totals, 'parameters' | 'parameterCounts'> {
  return { parameters, parameterCounts: { initializers: parameters, constants: parameters, logical: parameters, trainable: parameters } };
}
