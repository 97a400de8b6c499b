import { bytesPiece, planFile, totalLength } from './pieces';
import type { FilePlan, Piece } from './pieces';

/**
 * Largest file that every protobuf reader takes: they count a message's bytes in a signed 32-bit integer. A model beyond
 * it has to keep its weights in an external data file.
 */
export const MAX_MODEL_FILE_BYTES = 2 ** 31 - 1;

/** Tensors below this stay in the model file: they save nothing there, and each would be padded to a page. */
export const MIN_EXTERNAL_BYTES = 4096;

/** The ONNX documentation asks for offsets at multiples of the page size, so that a runtime can map the data into memory. */
const PAGE_BYTES = 4096;
/** Windows maps only at multiples of 64 KiB. Tensors that are large beside that are laid out for it. */
const MAPPING_BYTES = 64 * 1024;
const LARGE_TENSOR_BYTES = 2 ** 20;

const ZEROS = new Uint8Array(MAPPING_BYTES);

/** A range of an external data file, in the words of ONNX. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** Lays out an external data file: takes the elements of tensors one by one and says where each will lie. */
export class ExternalLayout {
  readonly #pieces: Piece[] = [];
  #size = 0;

  /** `location`: the file's name relative to the model's folder. */
  constructor(readonly location: string) {}

  add(pieces: readonly Piece[]): ExternalPlace {
    const length = totalLength(pieces);
    const alignment = length >= LARGE_TENSOR_BYTES ? MAPPING_BYTES : PAGE_BYTES;
    const padding = (alignment - (this.#size % alignment)) % alignment;
    if (padding > 0) this.#pieces.push(bytesPiece(ZEROS.subarray(0, padding)));
    this.#pieces.push(...pieces);
    const offset = this.#size + padding;
    this.#size = offset + length;
    return { location: this.location, offset, length };
  }

  plan(): FilePlan {
    return planFile(this.#pieces);
  }
}
