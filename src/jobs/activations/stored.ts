import type { Graph, Node, Tensor } from '../../onnx/model';
import { loadBytes } from '../../onnx/tensorData';
import type { ModelFile } from '../modelFile';

/** A constant of the main graph: an initializer, or what a Constant node holds. */
export interface StoredTensor {
  readonly tensor: Tensor;
  readonly constant: Node | null;
}

/** The constants of a graph, by the names of their values. */
export function storedTensors(graph: Graph): ReadonlyMap<string, StoredTensor> {
  const found = new Map<string, StoredTensor>(graph.initializers.map((tensor) => [tensor.name, { tensor, constant: null }]));
  for (const node of graph.nodes) {
    const value = node.op === 'Constant' && node.domain === '' ? node.attributes.get('value') : undefined;
    if (value?.kind === 'tensor') found.set(node.outputs[0]!, { tensor: value.value, constant: node });
  }
  return found;
}

/** The values of a float tensor; null for tensors of other types. Throws what `loadBytes` throws. */
export function loadFloats(file: ModelFile, { tensor }: StoredTensor): Float32Array | null {
  if (tensor.dataType !== 'float') return null;
  const bytes = loadBytes(tensor, file.files);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
