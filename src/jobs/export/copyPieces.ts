import { chunksOf } from '../../onnx/filePlanChunks';
import type { FilePlan } from '../../onnx/pieces';
import type { ByteSource } from '../../onnx/source';
import type { OutputFile } from '../files/outputSet';

/** Copies everything but the holes. Reads are synchronous and short; writes let other work go on. */
export async function copyPieces(plan: FilePlan, to: OutputFile, sourceOf: (from: string | null) => ByteSource, signal: AbortSignal, onBytes: (bytes: number) => void): Promise<void> {
  for (const { offset, bytes } of chunksOf(plan, sourceOf, signal)) {
    await to.write(bytes, offset);
    onBytes(bytes.length);
  }
}
