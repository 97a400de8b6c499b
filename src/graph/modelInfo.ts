import type { Model, Tensor } from '../onnx/model';
import { tensorsOf } from '../onnx/walk';
import { toShapeDim } from './dim';
import type { ModelInfo, ModelInput } from './layer';
import type { Value } from './value';

/** The facts about a file that its summary shows. */
export function describeModel(
  model: Model,
  inputs: ReadonlyMap<string, Value>,
  outputs: readonly Value[],
  notes: readonly string[],
): Omit<ModelInfo, 'assumed' | 'dimensions' | 'runtimeDimensions'> {
  return {
    file: model.file,
    fileBytes: model.fileBytes,
    externalBytes: externalBytes(tensorsOf(model)),
    irVersion: model.irVersion,
    producer: model.producerName,
    producerVersion: model.producerVersion,
    opsets: Object.fromEntries(model.opsets),
    metadata: Object.fromEntries(model.metadata),
    inputs: [...inputs].map(([name, value]) => describeValue(name, value)),
    outputs: model.graph.outputs.map(({ name }, index) => describeValue(name, outputs[index]!)),
    notes,
  };
}

function describeValue(name: string, { dataType, shape }: Value): ModelInput {
  return { name, dataType, shape: shape && shape.map(toShapeDim) };
}

/** External files reach at least as far as the last tensor in each. */
function externalBytes(tensors: Iterable<Tensor>): number {
  const ends = new Map<string, number>();
  for (const { storage } of tensors) {
    if (storage.kind === 'external') ends.set(storage.location, Math.max(ends.get(storage.location) ?? 0, storage.offset + storage.length));
  }
  return [...ends.values()].reduce((sum, end) => sum + end, 0);
}
