import type { DataType } from '../onnx/dtypes';
import { bitsPerElement, packedByteLength } from '../onnx/dtypes';
import { fromBfloat16, fromFloat16 } from '../onnx/float16';
import type { Attribute, Graph, ModelFunction, Node, Tensor } from '../onnx/model';
import type { Dim } from './dim';
import type { StoredConstant, Value } from './value';

/** Most elements that are computed with: shapes and indices need tens, anchor grids a thousand, weights are never read. */
export const MAX_ELEMENTS = 2048;

/** Reads the bytes of a small tensor that is not stored inline (packed as `raw_data` is); null when it cannot be read. */
export type ReadBytes = (tensor: Tensor) => Uint8Array | null;

/** Identifies a stored tensor in its model: its place in the file, with its name for people. */
export function tensorKey(tensor: Tensor): string {
  return `${tensor.name}@${String(tensor.span.start)}`;
}

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((count, dim) => count * dim, 1);
}

/** True for a Constant node whose value is in the file; inside functions the value may come from the call instead. */
export function isConstantNode(node: Node): boolean {
  if (node.op !== 'Constant' || node.domain !== '') return false;
  return [...node.attributes.values()].some(({ kind }) => kind !== 'reference' && kind !== 'other');
}

/** What is known about a stored tensor. Most small ones are biases whose elements nobody asks for: they are decoded at the first question. */
export class StoredValue implements Value {
  readonly dataType: DataType;
  readonly shape: readonly number[];
  readonly constant: StoredConstant;
  readonly blocker = null;
  readonly producer = null;
  private decoded: readonly Dim[] | null | undefined = undefined;

  constructor(
    tensor: Tensor,
    owner: Graph | ModelFunction,
    node: Node | null,
    private readonly readBytes: ReadBytes,
    obstacle: string | null = null,
  ) {
    this.dataType = tensor.dataType;
    this.shape = tensor.dims;
    this.constant = { tensor, node, owner, axes: null, quantized: false, obstacle, others: NONE };
  }

  get elements(): readonly Dim[] | null {
    return (this.decoded ??= smallElements(this.constant.tensor, this.readBytes));
  }
}

/** What is known about a sparse constant: its values are stored, its shape is the dense one. */
export function valueOfSparse(values: Tensor, dims: readonly number[], owner: Graph | ModelFunction, node: Node | null): Value {
  const constant: StoredConstant = { tensor: values, node, owner, axes: null, quantized: false, obstacle: 'it is stored as a sparse tensor', others: NONE };
  return { dataType: values.dataType, shape: dims, elements: null, constant, blocker: null, producer: null };
}

/** What is known about the output of a Constant node. */
export function valueOfConstantNode(node: Node, owner: Graph | ModelFunction, readBytes: ReadBytes): Value {
  for (const attribute of node.attributes.values()) {
    switch (attribute.kind) {
      case 'tensor':
        return new StoredValue(attribute.value, owner, node, readBytes);
      case 'sparse':
        return valueOfSparse(attribute.value.values, attribute.value.dims, owner, node);
      case 'int':
        return literal('int64', [], [attribute.value]);
      case 'ints':
        return literal('int64', [attribute.value.length], attribute.value);
      case 'float':
        return new StoredValue(listed(node, attribute, [], [attribute.value]), owner, node, readBytes, IN_ATTRIBUTE);
      case 'floats':
        return new StoredValue(listed(node, attribute, [attribute.value.length], attribute.value), owner, node, readBytes, IN_ATTRIBUTE);
      case 'string':
        return literal('string', [], null);
      case 'strings':
        return literal('string', [attribute.value.length], null);
      default:
    }
  }
  return literal('undefined', [], null);
}

const IN_ATTRIBUTE = 'it is written as a list of numbers in an attribute';

/** So that a function's constant is one tensor, however often the function is called. */
const listedTensors = new WeakMap<Attribute, Tensor>();

/** Floats of an attribute as the tensor that they are. Its place is that of the node: there is no TensorProto. */
function listed({ span }: Node, attribute: Attribute, dims: readonly number[], values: readonly number[]): Tensor {
  const known = listedTensors.get(attribute);
  if (known !== undefined) return known;
  const tensor: Tensor = { name: '', dataType: 'float', dims, storage: { kind: 'inline', bytes: new Uint8Array(Float32Array.from(values).buffer) }, span };
  listedTensors.set(attribute, tensor);
  return tensor;
}

const NONE: readonly never[] = [];

function literal(dataType: DataType, shape: readonly number[], elements: readonly number[] | null): Value {
  return { dataType, shape, elements: elements !== null && elements.length <= MAX_ELEMENTS ? elements : null, constant: null, blocker: null, producer: null };
}

function smallElements(tensor: Tensor, readBytes: ReadBytes): readonly Dim[] | null {
  if (tensor.storage.kind === 'inline') return inlineElements(tensor);
  if (tensor.storage.kind === 'strings' || !isDecodable(tensor)) return null;
  const bytes = readBytes(tensor);
  return bytes && decode(tensor.dataType, bytes, elementCount(tensor.dims));
}

/** The elements of a small tensor that is stored inline; null for others. */
export function inlineElements(tensor: Tensor): readonly Dim[] | null {
  return tensor.storage.kind === 'inline' && isDecodable(tensor) ? decode(tensor.dataType, tensor.storage.bytes, elementCount(tensor.dims)) : null;
}

function isDecodable(tensor: Tensor): boolean {
  return elementCount(tensor.dims) <= MAX_ELEMENTS && (tensor.dataType in READERS || SUB_BYTE.has(tensor.dataType));
}

const READERS: Partial<Record<DataType, (view: DataView, at: number) => number>> = {
  float: (view, at) => view.getFloat32(at, true),
  double: (view, at) => view.getFloat64(at, true),
  float16: (view, at) => fromFloat16(view.getUint16(at, true)),
  bfloat16: (view, at) => fromBfloat16(view.getUint16(at, true)),
  int64: (view, at) => Number(view.getBigInt64(at, true)),
  uint64: (view, at) => Number(view.getBigUint64(at, true)),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int16: (view, at) => view.getInt16(at, true),
  uint16: (view, at) => view.getUint16(at, true),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  bool: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
};

/** Several in a byte, the first one in its lowest bits. */
const SUB_BYTE: ReadonlySet<DataType> = new Set<DataType>(['int4', 'uint4', 'int2', 'uint2']);

function decode(dataType: DataType, bytes: Uint8Array, count: number): readonly number[] | null {
  if (bytes.byteLength < packedByteLength(dataType, count)) return null;
  const read = READERS[dataType];
  if (read === undefined) return Array.from({ length: count }, (_, index) => smallInteger(dataType, bytes, index));
  const size = bitsPerElement(dataType) / 8;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index) => read(view, index * size));
}

function smallInteger(dataType: DataType, bytes: Uint8Array, index: number): number {
  const bits = bitsPerElement(dataType);
  const code = (bytes[Math.floor((index * bits) / 8)]! >> ((index * bits) % 8)) & (2 ** bits - 1);
  return dataType.startsWith('u') || code < 2 ** (bits - 1) ? code : code - 2 ** bits;
}
