import type { DataType } from '../../onnx/dtypes';
import type { NewNode } from '../../onnx/edits';

/** A tensor that takes a part of the place of a quantized one. */
export interface StoredPart {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly number[];
  readonly bytes: number;
}

/** A tensor whose elements are known before any weight is read. */
export interface FixedTensor {
  readonly dataType: DataType;
  readonly dims: readonly number[];
  readonly content: Uint8Array;
}

export interface FixedPart extends StoredPart {
  readonly content: Uint8Array;
}

/** What a weight becomes: new tensors, and nodes that make the original value from them under its original name. */
export interface Replacement {
  readonly codes: StoredPart;
  readonly scales: StoredPart | null;
  readonly zeroPoints: StoredPart | null;
  /** What the nodes need besides: shapes and the like. */
  readonly constants: readonly FixedPart[];
  readonly nodes: readonly NewNode[];
}

/** Every tensor of a replacement. */
export function partsOf({ codes, scales, zeroPoints, constants }: Replacement): readonly StoredPart[] {
  return [codes, scales, zeroPoints, ...constants].filter((part) => part !== null);
}
