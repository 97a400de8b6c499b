import { setImmediate } from 'node:timers/promises';
import type { ElementReader } from '../audit/codeFacts';
import type { Tensor } from '../onnx/model';
import type { ByteSource } from '../onnx/source';
import { loadBytes } from '../onnx/tensorData';
import type { ModelFile } from './modelFile';

/** Reads the elements of a model's tensors by byte range, and lets others have a turn in between. */
export class TensorReader implements ElementReader {
  #buffer = new Uint8Array(0);
  /** The last tensor whose elements have to be decoded as a whole. */
  #decoded: { readonly tensor: Tensor; readonly bytes: Uint8Array } | null = null;

  constructor(
    private readonly file: ModelFile,
    private readonly sourceOf: (location: string | null) => ByteSource,
  ) {}

  async read(tensor: Tensor, offset: number, length: number): Promise<Uint8Array> {
    await setImmediate();
    const { storage } = tensor;
    if (storage.kind === 'inline') return storage.bytes.subarray(offset, offset + length);
    if (storage.kind === 'file' || storage.kind === 'external') {
      if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
      const target = this.#buffer.subarray(0, length);
      this.sourceOf(storage.kind === 'external' ? storage.location : null).readInto(target, storage.offset + offset);
      return target;
    }
    if (this.#decoded?.tensor !== tensor) this.#decoded = { tensor, bytes: loadBytes(tensor, this.file.files) };
    return this.#decoded.bytes.subarray(offset, offset + length);
  }
}
