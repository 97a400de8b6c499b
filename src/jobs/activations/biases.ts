import type { Flow } from '../../graph/flow';
import type { Node } from '../../onnx/model';
import type { ModelFile } from '../modelFile';
import type { CandidateLayer } from './placeableLayers';
import { loadFloats } from './stored';
import type { StoredTensor } from './stored';

/** What is added to a layer's sums, one number for each channel, and where it is read. */
export interface LayerBias {
  /** The node that adds it: the layer, or an Add behind a product of matrices. */
  readonly node: Node;
  readonly input: number;
  readonly values: Float32Array;
  /** The constant that it comes from; null when there is none yet. */
  readonly stored: StoredTensor | null;
  /** Whether the layer adds it to its integer sums, so that it can be stored as codes. */
  readonly inside: boolean;
}

const BIAS_INPUT = 2;

/** Finds where a layer's bias is; null where none can be had: there is no place for it, or it is not one number for each channel. */
export function biasOf(file: ModelFile, flow: Flow, stored: ReadonlyMap<string, StoredTensor>, { node, weight }: CandidateLayer): LayerBias | null {
  if (weight === null) return null;
  const channels = weight.dims[weight.channelAxis] ?? 0;
  const place = node.op === 'MatMul' ? addedBehind(flow, node) : { node, input: BIAS_INPUT };
  if (place === null) return null;
  const inside = place.node === node;
  const name = place.node.inputs[place.input] ?? '';
  if (name === '') return { ...place, values: new Float32Array(channels), stored: null, inside };
  const constant = stored.get(name);
  if (constant === undefined || constant.tensor.dims.length !== 1 || constant.tensor.dims[0] !== channels) return null;
  const values = loadFloats(file, constant);
  return values && { ...place, values, stored: constant, inside };
}

function addedBehind(flow: Flow, { outputs }: Node): Pick<LayerBias, 'node' | 'input'> | null {
  const reader = flow.onlyReader(outputs[0]!);
  if (reader?.node.op !== 'Add' || reader.node.domain !== '') return null;
  return { node: reader.node, input: 1 - reader.input };
}
