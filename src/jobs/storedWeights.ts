import type { Layer, LayerSite, LayerWeight } from '../graph/layer';
import type { Tensor } from '../onnx/model';
import type { LocateWeights, WeightTask } from './ports';

/** A tensor of weights as the file stores it, once for all layers that use it. */
export interface StoredWeight {
  readonly key: string;
  /** The record of its first user that has no obstacle, else of its first user. */
  readonly weight: LayerWeight;
  readonly tensor: Tensor;
  /** Indices of the layers that use it, ascending. Its bytes count at the first. */
  readonly layers: readonly number[];
}

/** Collects the stored tensors behind the weights of all layers, in the order of their first use. */
export function collectWeights(layers: readonly Layer[], sites: readonly LayerSite[]): ReadonlyMap<string, StoredWeight> {
  const found = new Map<string, { key: string; weight: LayerWeight; tensor: Tensor; layers: number[] }>();
  layers.forEach((layer, position) => {
    layer.weights.forEach((weight, index) => {
      const tensor = sites[position]!.weights[index]!.tensor;
      const known = found.get(weight.key);
      if (known === undefined) {
        found.set(weight.key, { key: weight.key, weight, tensor, layers: [layer.index] });
        return;
      }
      if (known.layers.at(-1) !== layer.index) known.layers.push(layer.index);
      if (known.weight.obstacle !== null && weight.obstacle === null) known.weight = weight;
    });
  });
  return found;
}

/** What a worker has to know to read the tensor. */
export function weightTask({ weight, tensor }: StoredWeight, locate: LocateWeights): WeightTask {
  const { dataType, dims, channelAxis, blockAxis } = weight;
  return { source: locate(tensor), dataType, dims, channelAxis, blockAxis };
}
