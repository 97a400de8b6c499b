import type { DataType } from './dtypes';

/** Half-open byte range [start, end) of a file. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * Where the elements of a tensor are.
 * - `inline`: small; decoded already, little-endian, packed as `raw_data` would be. Aligned to 8 bytes, but in a buffer that
 *   other tensors share: view it with `byteOffset`, copy it before sending it away.
 * - `file`: `raw_data`, or a packed typed field whose bytes equal `raw_data` (float_data, double_data), in the model file itself.
 * - `typed`: a packed `int32_data` / `int64_data` / `uint64_data` field in the model file: varints, to be decoded.
 * - `external`: bytes of another file. `length` is known even when the model omits it.
 * - `strings`: a string tensor; Nibble never needs its elements.
 */
export type TensorStorage =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly offset: number; readonly length: number }
  | { readonly kind: 'typed'; readonly field: 'int32_data' | 'int64_data' | 'uint64_data'; readonly offset: number; readonly length: number }
  | { readonly kind: 'external'; readonly location: string; readonly offset: number; readonly length: number }
  | { readonly kind: 'strings' };

/** A constant tensor. Its elements are not loaded; `storage` says where they are. */
export interface Tensor {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly number[];
  readonly storage: TensorStorage;
  /** The TensorProto's content (after its tag and length) in the model file. */
  readonly span: ByteSpan;
}

export interface SparseTensor {
  readonly values: Tensor;
  readonly indices: Tensor;
  readonly dims: readonly number[];
}

/** A dimension as the file declares it: a number, a named symbol, or nothing said. */
export type DeclaredDim = number | string | null;

export type ValueType =
  | { readonly kind: 'tensor' | 'sparse'; readonly elementType: DataType; readonly shape: readonly DeclaredDim[] | null }
  | { readonly kind: 'sequence' | 'optional'; readonly element: ValueType }
  | { readonly kind: 'map'; readonly keyType: DataType; readonly value: ValueType }
  | { readonly kind: 'unknown' };

export interface ValueInfo {
  readonly name: string;
  readonly type: ValueType;
}

export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  | { readonly kind: 'tensors'; readonly value: readonly Tensor[] }
  | { readonly kind: 'sparse'; readonly value: SparseTensor }
  | { readonly kind: 'graph'; readonly value: Graph }
  | { readonly kind: 'graphs'; readonly value: readonly Graph[] }
  | { readonly kind: 'type'; readonly value: ValueType }
  /** Inside a function body: the value comes from the call's attribute of this name. */
  | { readonly kind: 'reference'; readonly name: string }
  /** A kind that Nibble keeps in the file but does not interpret. */
  | { readonly kind: 'other' };

export interface Node {
  readonly name: string;
  readonly op: string;
  /** '' for the standard domain (the file may say 'ai.onnx'). */
  readonly domain: string;
  /** Selects one of several functions with the same name; '' in almost every file. */
  readonly overload: string;
  /** '' marks an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** The NodeProto's content (after its tag and length) in the model file. */
  readonly span: ByteSpan;
}

/** A graph or the body of a control-flow node. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly initializers: readonly Tensor[];
  readonly sparseInitializers: readonly SparseTensor[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly valueInfo: readonly ValueInfo[];
  /** The GraphProto's content (after its tag and length) in the model file. */
  readonly span: ByteSpan;
}

/** A function that the model brings along (`ModelProto.functions`). */
export interface ModelFunction {
  readonly name: string;
  readonly domain: string;
  readonly overload: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly string[];
  /** Values of attributes that a call may leave out. */
  readonly defaults: ReadonlyMap<string, Attribute>;
  readonly opsets: ReadonlyMap<string, number>;
  readonly nodes: readonly Node[];
  readonly valueInfo: readonly ValueInfo[];
  readonly span: ByteSpan;
}

/** A model file's structure. Everything small is decoded; big tensors stay in the file. */
export interface Model {
  /** Path or URI, for messages. */
  readonly file: string;
  readonly fileBytes: number;
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly domain: string;
  readonly modelVersion: number;
  readonly docString: string;
  /** Domain ('' for the standard one) to version. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly graph: Graph;
  readonly functions: readonly ModelFunction[];
}
