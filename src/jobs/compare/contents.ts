import { createHash } from 'node:crypto';
import { throwIfCancelled } from '../../errors';
import type { Tensor } from '../../onnx/model';
import { tensorByteLength } from '../../onnx/tensorData';
import type { ModelFile } from '../modelFile';
import { TensorReader } from '../tensorReader';
import type { Contents } from './matchLayers';

/** Read and hashed at a time. */
const CHUNK_BYTES = 4 * 2 ** 20;

/** What the stored weights of some layers hold, by `LayerWeight.key`: equal texts for equal elements of the same type. */
export async function contentsOf(file: ModelFile, layers: readonly number[], onBytes: (bytes: number) => void, signal: AbortSignal): Promise<Contents> {
  const contents = new Map<string, string>();
  await file.withSources(async (sourceOf) => {
    const reader = new TensorReader(file, sourceOf);
    for (const index of layers) {
      for (const { key } of file.analysis.layers[index]!.weights) {
        const stored = file.weights.get(key)!;
        if (!contents.has(key)) contents.set(key, await contentOf(stored.tensor, reader, onBytes, signal));
      }
    }
  });
  return contents;
}

async function contentOf(tensor: Tensor, reader: TensorReader, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const length = tensorByteLength(tensor);
  for (let offset = 0; offset < length; offset += CHUNK_BYTES) {
    throwIfCancelled(signal);
    const bytes = Math.min(CHUNK_BYTES, length - offset);
    hash.update(await reader.read(tensor, offset, bytes));
    onBytes(bytes);
  }
  return `${tensor.dataType} ${hash.digest('hex')}`;
}
