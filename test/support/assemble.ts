import { chunksOf } from '../../src/onnx/filePlanChunks';
import type { FilePlan } from '../../src/onnx/pieces';
import { memorySource } from './memorySource';

/** The bytes of a planned file. `holes` has the content of each; `external` the data files that copies read. */
export function assemble(
  plan: FilePlan,
  model: Uint8Array,
  holes: Readonly<Record<string, Uint8Array>> = {},
  external: Readonly<Record<string, Uint8Array>> = {},
): Uint8Array {
  const result = new Uint8Array(plan.size);
  for (const { offset, bytes } of chunksOf(plan, (from) => memorySource(from === null ? model : external[from]!))) result.set(bytes, offset);
  for (const [id, { offset, length }] of plan.holes) {
    const content = holes[id];
    if (content?.length !== length) throw new Error(`The hole ${id} takes ${length} bytes.`);
    result.set(content, offset);
  }
  return result;
}
