import { onnx } from 'onnx-proto';
import { dataTypeCode } from './dtypes';
import type { DataType } from './dtypes';
import type { ExternalPlace } from './externalLayout';
import type { Graph, Model, ModelFunction, Node, Tensor } from './model';
import { bytesPiece, lengthField, textField, varintField } from './pieces';
import type { Piece } from './pieces';
import { modelSpan } from './splice';
import type { MessageEdit } from './splice';

/*
 * Field numbers of onnx.proto, as far as edits write them.
 */
const MODEL_IR_VERSION = 1;
const MODEL_OPSET_IMPORT = 8;
const FUNCTION_OPSET_IMPORT = 9;
const NODE_INPUT = 1;
const NODE_OUTPUT = 2;
const NODE_NAME = 3;
const NODE_OP = 4;
const NODE_ATTRIBUTE = 5;
const NODE_DOMAIN = 7;
const GRAPH_NODE = 1;
const GRAPH_INITIALIZER = 5;
const GRAPH_INPUT = 11;
const GRAPH_OUTPUT = 12;
const GRAPH_VALUE_INFO = 13;
const FUNCTION_NODE = 7;
const TENSOR_DIMS = 1;
const TENSOR_DATA_TYPE = 2;
const TENSOR_NAME = 8;
const TENSOR_RAW_DATA = 9;
const TENSOR_EXTERNAL_DATA = 13;
const TENSOR_DATA_LOCATION = 14;
/** float_data, int32_data, string_data, int64_data, double_data, uint64_data. */
const TENSOR_TYPED_FIELDS = [4, 5, 6, 7, 10, 11];
const EXTERNAL = 1;

/** Where the elements of a written tensor are: in the model file, as the given pieces, or in an external data file. */
export type NewTensorData = { readonly kind: 'raw'; readonly pieces: readonly Piece[] } | { readonly kind: 'external'; readonly place: ExternalPlace };

export interface NewTensor {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly number[];
  readonly data: NewTensorData;
}

export interface NewNode {
  readonly op: string;
  readonly name: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, NewAttribute>>;
}

export type NewAttribute = { readonly int: number } | { readonly ints: readonly number[] } | { readonly float: number } | { readonly string: string };

/** A new initializer: goes to the end of its graph. */
export function appendInitializer(graph: Graph, tensor: NewTensor): MessageEdit {
  return { span: graph.span, append: lengthField(GRAPH_INITIALIZER, tensorContent(tensor)) };
}

/** New nodes in front of an existing one: what it reads can be made by them. */
export function insertNodesBefore(parent: Graph | ModelFunction, next: Node, nodes: readonly NewNode[]): MessageEdit {
  return { span: next.span, before: nodeFields(parent, nodes) };
}

/** New nodes behind all others of a graph or function. */
export function appendNodes(parent: Graph | ModelFunction, nodes: readonly NewNode[]): MessageEdit {
  return { span: parent.span, append: nodeFields(parent, nodes) };
}

/** New nodes right behind an existing one. */
export function insertNodesAfter(parent: Graph | ModelFunction, previous: Node, nodes: readonly NewNode[]): MessageEdit {
  return { span: previous.span, after: nodeFields(parent, nodes) };
}

export function removeNode(node: Node): MessageEdit {
  return { span: node.span, remove: true };
}

/** Another name or operator for a node, or other values for it to read or to make, all of them. */
export function rewireNode(node: Node, { name, op, inputs, outputs }: { readonly name?: string; readonly op?: string; readonly inputs?: readonly string[]; readonly outputs?: readonly string[] }): MessageEdit {
  const fields: [number, readonly Piece[]][] = name === undefined ? [] : [[NODE_NAME, textField(NODE_NAME, name)]];
  if (op !== undefined) fields.push([NODE_OP, textField(NODE_OP, op)]);
  if (inputs !== undefined) fields.push([NODE_INPUT, inputs.flatMap((value) => textField(NODE_INPUT, value))]);
  if (outputs !== undefined) fields.push([NODE_OUTPUT, outputs.flatMap((value) => textField(NODE_OUTPUT, value))]);
  return { span: node.span, replace: new Map(fields) };
}

/** More outputs of a graph, by the names of its values; runtimes find out their types. */
export function appendOutputs(graph: Graph, names: readonly string[]): MessageEdit {
  return { span: graph.span, append: names.flatMap((name) => lengthField(GRAPH_OUTPUT, [bytesPiece(onnx.ValueInfoProto.encode({ name }).finish())])) };
}

/** Takes all outputs away from a graph. */
export function removeOutputs(graph: Graph): MessageEdit {
  return { span: graph.span, choose: new Map([[GRAPH_OUTPUT, () => []]]) };
}

export function removeTensor(tensor: Tensor): MessageEdit {
  return { span: tensor.span, remove: true };
}

/** Says where a tensor's elements are from now on; name, type and shape stay. */
export function replaceTensorData(tensor: Tensor, data: NewTensorData): MessageEdit {
  return { span: tensor.span, replace: new Map(dataReplacement(data)) };
}

/**
 * Takes names out of a graph's inputs and declared value types. Before IR version 4 every initializer had to be listed as an
 * input; one whose name a node takes over must not be listed any more, nor keep an old type.
 */
export function removeDeclarations(graph: Graph, names: ReadonlySet<string>): MessageEdit {
  const choose = (content: Uint8Array): readonly Piece[] | null => (names.has(onnx.ValueInfoProto.decode(content).name) ? [] : null);
  return { span: graph.span, choose: new Map([[GRAPH_INPUT, choose], [GRAPH_VALUE_INFO, choose]]) };
}

/** Lets a node read another value at every input where it reads `from`. */
export function renameInput(node: Node, from: string, to: string): MessageEdit {
  const utf8 = new TextDecoder();
  return { span: node.span, choose: new Map([[NODE_INPUT, (content) => (utf8.decode(content) === from ? textField(NODE_INPUT, to) : null)]]) };
}

export function setIntAttribute(node: Node, name: string, value: number): MessageEdit {
  const attribute = onnx.AttributeProto.encode({ name, type: onnx.AttributeProto.AttributeType.INT, i: value }).finish();
  const choose = (content: Uint8Array): readonly Piece[] | null => (onnx.AttributeProto.decode(content).name === name ? [] : null);
  return { span: node.span, choose: new Map([[NODE_ATTRIBUTE, choose]]), append: lengthField(NODE_ATTRIBUTE, [bytesPiece(attribute)]) };
}

/** Lets a node be the operator of that name in another domain, which the model has to import. */
export function setDomain(node: Node, domain: string): MessageEdit {
  return { span: node.span, replace: new Map([[NODE_DOMAIN, textField(NODE_DOMAIN, domain)]]) };
}

export function setIrVersion(model: Model, version: number): MessageEdit {
  return { span: modelSpan(model), replace: new Map([[MODEL_IR_VERSION, varintField(MODEL_IR_VERSION, version)]]) };
}

/** Sets the versions of imported operator sets, and imports those that are not there. Domains are as in `Model.opsets`. */
export function setOpsets(target: Model | ModelFunction, versions: ReadonlyMap<string, number>): MessageEdit {
  const isModel = 'fileBytes' in target;
  const field = isModel ? MODEL_OPSET_IMPORT : FUNCTION_OPSET_IMPORT;
  const choose = (content: Uint8Array): readonly Piece[] | null => {
    const { domain } = onnx.OperatorSetIdProto.decode(content);
    const version = versions.get(domain === 'ai.onnx' ? '' : domain);
    return version === undefined ? null : opsetField(field, domain, version);
  };
  const missing = [...versions].filter(([domain]) => !target.opsets.has(domain));
  return {
    span: isModel ? modelSpan(target) : target.span,
    choose: new Map([[field, choose]]),
    append: missing.flatMap(([domain, version]) => opsetField(field, domain, version)),
  };
}

function opsetField(field: number, domain: string, version: number): readonly Piece[] {
  return lengthField(field, [bytesPiece(onnx.OperatorSetIdProto.encode({ domain, version }).finish())]);
}

function nodeFields(parent: Graph | ModelFunction, nodes: readonly NewNode[]): readonly Piece[] {
  const field = 'initializers' in parent ? GRAPH_NODE : FUNCTION_NODE;
  return nodes.flatMap((node) => lengthField(field, [bytesPiece(encodeNode(node))]));
}

function encodeNode(node: NewNode): Uint8Array {
  return onnx.NodeProto.encode({
    input: [...node.inputs],
    output: [...node.outputs],
    name: node.name,
    opType: node.op,
    ...(node.domain ? { domain: node.domain } : {}),
    attribute: Object.entries(node.attributes ?? {}).map(([name, value]) => encodeAttribute(name, value)),
  }).finish();
}

function encodeAttribute(name: string, value: NewAttribute): onnx.IAttributeProto {
  const { INT, INTS, FLOAT, STRING } = onnx.AttributeProto.AttributeType;
  if ('int' in value) return { name, type: INT, i: value.int };
  if ('ints' in value) return { name, type: INTS, ints: [...value.ints] };
  return 'float' in value ? { name, type: FLOAT, f: value.float } : { name, type: STRING, s: new TextEncoder().encode(value.string) };
}

function tensorContent(tensor: NewTensor): readonly Piece[] {
  return [
    ...tensor.dims.flatMap((dim) => varintField(TENSOR_DIMS, dim)),
    ...varintField(TENSOR_DATA_TYPE, dataTypeCode(tensor.dataType)),
    ...textField(TENSOR_NAME, tensor.name),
    ...dataReplacement(tensor.data).flatMap(([, fields]) => fields),
  ];
}

/** The fields that say where the elements are, all others of that kind dropped. */
function dataReplacement(data: NewTensorData): [number, readonly Piece[]][] {
  const external = data.kind === 'external';
  return [
    ...TENSOR_TYPED_FIELDS.map((field): [number, readonly Piece[]] => [field, []]),
    [TENSOR_RAW_DATA, external ? [] : lengthField(TENSOR_RAW_DATA, data.pieces)],
    [TENSOR_EXTERNAL_DATA, external ? placeFields(data.place) : []],
    [TENSOR_DATA_LOCATION, external ? varintField(TENSOR_DATA_LOCATION, EXTERNAL) : []],
  ];
}

function placeFields({ location, offset, length }: ExternalPlace): readonly Piece[] {
  const entries: [string, string][] = [['location', location], ['offset', String(offset)], ['length', String(length)]];
  return entries.flatMap(([key, value]) => lengthField(TENSOR_EXTERNAL_DATA, [bytesPiece(onnx.StringStringEntryProto.encode({ key, value }).finish())]));
}
