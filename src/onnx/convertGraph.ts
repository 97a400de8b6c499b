import { onnx } from 'onnx-proto';
import { guessType } from './attributeType';
import { decodeMessage } from './context';
import type { ReadContext } from './context';
import { convertSparseTensor, convertTensor } from './convertTensor';
import { convertType, convertValueInfo } from './convertType';
import { toNumber } from './integers';
import type { Attribute, Graph, ModelFunction, Node } from './model';
import { childrenOf } from './trace';
import type { Aside, Trace } from './trace';

const { AttributeType } = onnx.AttributeProto;
const utf8 = new TextDecoder();
const OTHER: Attribute = { kind: 'other' };
const NO_ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map();

const NODE_OVERLOAD = 8;
const FUNCTION_ATTRIBUTE_PROTO = 11;
const FUNCTION_VALUE_INFO = 12;
const FUNCTION_OVERLOAD = 13;

/** Pairs each decoded message with its place in the file: both are in file order. */
function zip<Proto, Result>(context: ReadContext, decoded: readonly Proto[] | null | undefined, places: readonly Trace[], convert: (context: ReadContext, proto: Proto, trace: Trace) => Result): readonly Result[] {
  return (decoded ?? []).map((proto, index) => convert(context, proto, places[index]!));
}

export function convertGraph(context: ReadContext, graph: onnx.IGraphProto, trace: Trace): Graph {
  return {
    name: graph.name ?? '',
    nodes: zip(context, graph.node, childrenOf(trace, 1), convertNode),
    initializers: zip(context, graph.initializer, childrenOf(trace, 5), convertTensor),
    sparseInitializers: zip(context, graph.sparseInitializer, childrenOf(trace, 15), convertSparseTensor),
    inputs: (graph.input ?? []).map(convertValueInfo),
    outputs: (graph.output ?? []).map(convertValueInfo),
    valueInfo: (graph.valueInfo ?? []).map(convertValueInfo),
    span: { start: trace.start, end: trace.end },
  };
}

export function convertFunction(context: ReadContext, definition: onnx.IFunctionProto, trace: Trace): ModelFunction {
  const withDefault = asides(trace, FUNCTION_ATTRIBUTE_PROTO).map((bytes) => decodeMessage(context, () => onnx.AttributeProto.decode(bytes)).name);
  return {
    name: definition.name ?? '',
    domain: standardDomain(definition.domain),
    overload: lastText(trace, FUNCTION_OVERLOAD),
    inputs: definition.input ?? [],
    outputs: definition.output ?? [],
    attributes: [...(definition.attribute ?? []), ...withDefault],
    opsets: convertOpsets(definition.opsetImport),
    nodes: zip(context, definition.node, childrenOf(trace, 7), convertNode),
    valueInfo: asides(trace, FUNCTION_VALUE_INFO).map((bytes) => convertValueInfo(decodeMessage(context, () => onnx.ValueInfoProto.decode(bytes)))),
    span: { start: trace.start, end: trace.end },
  };
}

/** The standard domain has two spellings in files and one, '', in the records. */
export function standardDomain(domain: string | null | undefined): string {
  return !domain || domain === 'ai.onnx' ? '' : domain;
}

export function convertOpsets(imports: readonly onnx.IOperatorSetIdProto[] | null | undefined): ReadonlyMap<string, number> {
  return new Map((imports ?? []).map(({ domain, version }) => [standardDomain(domain), toNumber(version)]));
}

function asides(trace: Trace, field: number): readonly Uint8Array[] {
  return trace.asides?.filter((aside: Aside) => aside.field === field).map(({ bytes }) => bytes) ?? [];
}

function lastText(trace: Trace, field: number): string {
  return trace.asides === null ? '' : utf8.decode(asides(trace, field).at(-1));
}

function convertNode(context: ReadContext, node: onnx.INodeProto, trace: Trace): Node {
  return {
    name: node.name ?? '',
    op: node.opType ?? '',
    domain: standardDomain(node.domain),
    overload: lastText(trace, NODE_OVERLOAD),
    inputs: node.input ?? [],
    outputs: node.output ?? [],
    attributes: node.attribute?.length ? convertAttributes(context, node.attribute, trace) : NO_ATTRIBUTES,
    span: { start: trace.start, end: trace.end },
  };
}

/** A node's only traced children are its attributes. */
function convertAttributes(context: ReadContext, attributes: readonly onnx.IAttributeProto[], trace: Trace): ReadonlyMap<string, Attribute> {
  const result = new Map<string, Attribute>();
  attributes.forEach((attribute, index) => result.set(attribute.name ?? '', convertAttribute(context, attribute, trace.children![index]!)));
  return result;
}

/** Text in attributes is bytes in the file; what is not UTF-8 shows replacement characters. */
function convertAttribute(context: ReadContext, attribute: onnx.IAttributeProto, trace: Trace): Attribute {
  if (trace.incomplete) return OTHER;
  if (attribute.refAttrName) return { kind: 'reference', name: attribute.refAttrName };
  switch (attribute.type || guessType(attribute)) {
    case AttributeType.FLOAT:
      return { kind: 'float', value: attribute.f ?? 0 };
    case AttributeType.INT:
      return { kind: 'int', value: toNumber(attribute.i) };
    case AttributeType.STRING:
      return { kind: 'string', value: attribute.s ? utf8.decode(attribute.s) : '' };
    case AttributeType.TENSOR: {
      const [place] = childrenOf(trace, 5);
      return attribute.t && place ? { kind: 'tensor', value: convertTensor(context, attribute.t, place) } : OTHER;
    }
    case AttributeType.GRAPH: {
      const [place] = childrenOf(trace, 6);
      return attribute.g && place ? { kind: 'graph', value: convertGraph(context, attribute.g, place) } : OTHER;
    }
    case AttributeType.SPARSE_TENSOR: {
      const [place] = childrenOf(trace, 22);
      return attribute.sparseTensor && place ? { kind: 'sparse', value: convertSparseTensor(context, attribute.sparseTensor, place) } : OTHER;
    }
    case AttributeType.TYPE_PROTO:
      return { kind: 'type', value: convertType(attribute.tp) };
    case AttributeType.FLOATS:
      return { kind: 'floats', value: attribute.floats ?? [] };
    case AttributeType.INTS:
      return { kind: 'ints', value: (attribute.ints ?? []).map(toNumber) };
    case AttributeType.STRINGS:
      return { kind: 'strings', value: (attribute.strings ?? []).map((text) => utf8.decode(text)) };
    case AttributeType.TENSORS: {
      const places = childrenOf(trace, 10);
      return { kind: 'tensors', value: (attribute.tensors ?? []).map((tensor, index) => convertTensor(context, tensor, places[index]!)) };
    }
    case AttributeType.GRAPHS: {
      const places = childrenOf(trace, 11);
      return { kind: 'graphs', value: (attribute.graphs ?? []).map((graph, index) => convertGraph(context, graph, places[index]!)) };
    }
    default:
      return OTHER;
  }
}
