import { onnx } from 'onnx-proto';
import { dataTypeCode } from '../../src/onnx/dtypes';
import type { DataType } from '../../src/onnx/dtypes';

/**
 * Makes ONNX bytes for tests, one short function for each message:
 *
 *     const bytes = buildModel({
 *       graph: graph({
 *         nodes: [node('Conv', ['x', 'w'], ['y'], { attributes: { kernel_shape: ints(3, 3) } })],
 *         initializers: [floatTensor('w', [4, 3, 3, 3], values)],
 *         inputs: [valueInfo('x', 'float', ['batch', 3, 8, 8])],
 *         outputs: [valueInfo('y', 'float', null)],
 *       }),
 *       opsets: { '': 17 },
 *     });
 */
export interface GraphParts {
  readonly name?: string;
  readonly nodes?: readonly onnx.INodeProto[];
  readonly initializers?: readonly onnx.ITensorProto[];
  readonly sparseInitializers?: readonly onnx.ISparseTensorProto[];
  readonly inputs?: readonly onnx.IValueInfoProto[];
  readonly outputs?: readonly onnx.IValueInfoProto[];
  readonly valueInfo?: readonly onnx.IValueInfoProto[];
}

export interface ModelParts {
  readonly graph: onnx.IGraphProto;
  /** Domain to version; the standard domain is ''. Default: opset 17. */
  readonly opsets?: Readonly<Record<string, number>>;
  readonly irVersion?: number;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly functions?: readonly FunctionParts[];
  /** Fields put at the end of the file as they are, for parts that the schema of onnx-proto lacks. See `rawField`. */
  readonly extra?: readonly Uint8Array[];
}

export interface FunctionParts {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly string[];
  /** Attributes that calls may leave out. */
  readonly defaults?: Readonly<Record<string, onnx.IAttributeProto>>;
  readonly nodes: readonly onnx.INodeProto[];
  readonly opsets?: Readonly<Record<string, number>>;
  readonly overload?: string;
  readonly valueInfo?: readonly onnx.IValueInfoProto[];
}

export interface NodeParts {
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, onnx.IAttributeProto>>;
}

export function buildModel(parts: ModelParts): Uint8Array {
  const model = onnx.ModelProto.encode({
    irVersion: parts.irVersion ?? 8,
    producerName: parts.producerName ?? 'test',
    producerVersion: parts.producerVersion ?? '1',
    opsetImport: opsetImports(parts.opsets ?? { '': 17 }),
    graph: parts.graph,
    metadataProps: Object.entries(parts.metadata ?? {}).map(([key, value]) => ({ key, value })),
  }).finish();
  return concatBytes([model, ...(parts.functions ?? []).map((part) => rawField(25, encodeFunction(part))), ...(parts.extra ?? [])]);
}

export function graph(parts: GraphParts): onnx.IGraphProto {
  return {
    name: parts.name ?? 'graph',
    node: [...(parts.nodes ?? [])],
    initializer: [...(parts.initializers ?? [])],
    sparseInitializer: [...(parts.sparseInitializers ?? [])],
    input: [...(parts.inputs ?? [])],
    output: [...(parts.outputs ?? [])],
    valueInfo: [...(parts.valueInfo ?? [])],
  };
}

export function node(op: string, inputs: readonly string[], outputs: readonly string[], parts: NodeParts = {}): onnx.INodeProto {
  return {
    opType: op,
    name: parts.name ?? '',
    ...(parts.domain === undefined ? {} : { domain: parts.domain }),
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(parts.attributes ?? {}).map(([name, attribute]) => ({ ...attribute, name })),
  };
}

/** A dimension is a number, a symbol, or null for unknown; a null shape has unknown rank. */
export function valueInfo(name: string, type: DataType, shape: readonly (number | string | null)[] | null): onnx.IValueInfoProto {
  const dim = (size: number | string | null): onnx.TensorShapeProto.IDimension =>
    typeof size === 'number' ? { dimValue: size } : size === null ? {} : { dimParam: size };
  return { name, type: { tensorType: { elemType: dataTypeCode(type), ...(shape ? { shape: { dim: shape.map(dim) } } : {}) } } };
}

/** A tensor whose elements are `raw_data`, given as they are stored. */
export function rawTensor(name: string, type: DataType, dims: readonly number[], rawData: Uint8Array): onnx.ITensorProto {
  return { name, dataType: dataTypeCode(type), dims: [...dims], rawData };
}

/** A float tensor in `raw_data`. */
export function floatTensor(name: string, dims: readonly number[], values: ArrayLike<number>): onnx.ITensorProto {
  return rawTensor(name, 'float', dims, new Uint8Array(Float32Array.from(values).buffer));
}

/** An int64 tensor in `raw_data`, as shapes and indices are. */
export function int64Tensor(name: string, dims: readonly number[], values: readonly number[]): onnx.ITensorProto {
  return rawTensor(name, 'int64', dims, new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer));
}

/** A tensor whose elements are in a typed field such as `floatData`. */
export function typedTensor(
  name: string,
  type: DataType,
  dims: readonly number[],
  data: Pick<onnx.ITensorProto, 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data' | 'stringData'>,
): onnx.ITensorProto {
  return { name, dataType: dataTypeCode(type), dims: [...dims], ...data };
}

/** A tensor whose elements are in another file. Pass numbers or any text for `offset` and `length`; leave them out to omit the entries. */
export function externalTensor(
  name: string,
  type: DataType,
  dims: readonly number[],
  at: { readonly location: string; readonly offset?: number | string; readonly length?: number | string },
): onnx.ITensorProto {
  const externalData = Object.entries(at).map(([key, value]) => ({ key, value: String(value) }));
  return { name, dataType: dataTypeCode(type), dims: [...dims], dataLocation: onnx.TensorProto.DataLocation.EXTERNAL, externalData };
}

const { AttributeType } = onnx.AttributeProto;

export const int = (value: number): onnx.IAttributeProto => ({ type: AttributeType.INT, i: value });
export const float = (value: number): onnx.IAttributeProto => ({ type: AttributeType.FLOAT, f: value });
export const text = (value: string): onnx.IAttributeProto => ({ type: AttributeType.STRING, s: new TextEncoder().encode(value) });
export const ints = (...values: number[]): onnx.IAttributeProto => ({ type: AttributeType.INTS, ints: values });
export const floats = (...values: number[]): onnx.IAttributeProto => ({ type: AttributeType.FLOATS, floats: values });
export const texts = (...values: string[]): onnx.IAttributeProto => ({ type: AttributeType.STRINGS, strings: values.map((value) => new TextEncoder().encode(value)) });
export const tensorAttribute = (value: onnx.ITensorProto): onnx.IAttributeProto => ({ type: AttributeType.TENSOR, t: value });
export const graphAttribute = (value: onnx.IGraphProto): onnx.IAttributeProto => ({ type: AttributeType.GRAPH, g: value });
/** Inside a function: takes its value from the call's attribute of that name. */
export const reference = (name: string, type = AttributeType.INT): onnx.IAttributeProto => ({ type, refAttrName: name });

/** A Constant node that holds a tensor. */
export function constant(output: string, value: onnx.ITensorProto, name = ''): onnx.INodeProto {
  return node('Constant', [], [output], { name, attributes: { value: tensorAttribute(value) } });
}

/** A length-delimited field of any number, with its tag and length. */
export function rawField(field: number, content: Uint8Array): Uint8Array {
  return concatBytes([varint(field * 8 + 2), varint(content.length), content]);
}

export function varintField(field: number, value: number): Uint8Array {
  return concatBytes([varint(field * 8), varint(value)]);
}

export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.from([...bytes, rest]);
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

function opsetImports(opsets: Readonly<Record<string, number>>): onnx.IOperatorSetIdProto[] {
  return Object.entries(opsets).map(([domain, version]) => ({ domain, version }));
}

function encodeFunction(parts: FunctionParts): Uint8Array {
  const known = onnx.FunctionProto.encode({
    name: parts.name,
    domain: parts.domain,
    input: [...parts.inputs],
    output: [...parts.outputs],
    attribute: [...(parts.attributes ?? [])],
    node: [...parts.nodes],
    opsetImport: opsetImports(parts.opsets ?? { '': 17 }),
  }).finish();
  const newer = (parts.valueInfo ?? []).map((info) => rawField(12, onnx.ValueInfoProto.encode(info).finish()));
  newer.push(...Object.entries(parts.defaults ?? {}).map(([name, attribute]) => rawField(11, onnx.AttributeProto.encode({ ...attribute, name }).finish())));
  if (parts.overload !== undefined) newer.push(rawField(13, new TextEncoder().encode(parts.overload)));
  return concatBytes([known, ...newer]);
}
