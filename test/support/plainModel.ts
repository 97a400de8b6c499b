import { onnx } from 'onnx-proto';
import { dataTypeFromCode } from '../../src/onnx/dtypes';
import type { Attribute, Graph, Node, Tensor, ValueInfo } from '../../src/onnx/model';
import { loadBytes } from '../../src/onnx/tensorData';
import type { ModelFiles } from '../../src/onnx/tensorData';

/*
 * Two ways to the same plain description of a graph, for comparing Nibble's reading with a full decode by onnx-proto.
 */

/** From Nibble's records. */
export function fromRecords(graph: Graph, files: ModelFiles): unknown {
  return {
    name: graph.name,
    nodes: graph.nodes.map((node) => nodeFromRecord(node, files)),
    initializers: graph.initializers.map((tensor) => tensorFromRecord(tensor, files)),
    inputs: graph.inputs.map(infoFromRecord),
    outputs: graph.outputs.map(infoFromRecord),
    valueInfo: graph.valueInfo.map(infoFromRecord),
  };
}

export function nodeFromRecord({ name, op, domain, inputs, outputs, attributes }: Node, files: ModelFiles): unknown {
  return { name, op, domain, inputs, outputs, attributes: [...attributes].map(([key, attribute]) => [key, attributeFromRecord(attribute, files)]) };
}

function attributeFromRecord(attribute: Attribute, files: ModelFiles): unknown {
  switch (attribute.kind) {
    case 'tensor':
      return tensorFromRecord(attribute.value, files);
    case 'graph':
      return fromRecords(attribute.value, files);
    case 'int':
    case 'float':
    case 'string':
    case 'ints':
      return attribute.value;
    default:
      return attribute.kind;
  }
}

function tensorFromRecord(tensor: Tensor, files: ModelFiles): unknown {
  const { name, dataType, dims, storage } = tensor;
  return { name, dataType, dims, data: storage.kind === 'external' ? storage.location : [...loadBytes(tensor, files)] };
}

function infoFromRecord({ name, type }: ValueInfo): unknown {
  return [name, type.kind === 'tensor' ? [type.elementType, type.shape] : type.kind];
}

/** From onnx-proto's decode of the whole file. */
export function fromProto(graph: onnx.IGraphProto): unknown {
  return {
    name: graph.name,
    nodes: (graph.node ?? []).map(nodeFromProto),
    initializers: (graph.initializer ?? []).map(tensorFromProto),
    inputs: (graph.input ?? []).map(infoFromProto),
    outputs: (graph.output ?? []).map(infoFromProto),
    valueInfo: (graph.valueInfo ?? []).map(infoFromProto),
  };
}

export function nodeFromProto(node: onnx.INodeProto): unknown {
  return {
    name: node.name ?? '',
    op: node.opType ?? '',
    domain: node.domain === 'ai.onnx' ? '' : (node.domain ?? ''),
    inputs: node.input ?? [],
    outputs: node.output ?? [],
    attributes: (node.attribute ?? []).map((attribute) => [attribute.name, attributeFromProto(attribute)]),
  };
}

function attributeFromProto(attribute: onnx.IAttributeProto): unknown {
  const { AttributeType } = onnx.AttributeProto;
  switch (attribute.type) {
    case AttributeType.TENSOR:
      return tensorFromProto(attribute.t!);
    case AttributeType.GRAPH:
      return fromProto(attribute.g!);
    case AttributeType.INT:
      return Number(attribute.i);
    case AttributeType.FLOAT:
      return attribute.f;
    case AttributeType.STRING:
      return Buffer.from(attribute.s!).toString();
    case AttributeType.INTS:
      return (attribute.ints ?? []).map(Number);
    default:
      return 'other';
  }
}

function tensorFromProto(tensor: onnx.ITensorProto): unknown {
  const location = tensor.externalData?.find(({ key }) => key === 'location')?.value;
  return {
    name: tensor.name,
    dataType: dataTypeFromCode(tensor.dataType!),
    dims: (tensor.dims ?? []).map(Number),
    data: location ?? [...elementBytes(tensor)],
  };
}

function elementBytes(tensor: onnx.ITensorProto): Uint8Array {
  const { FLOAT, DOUBLE, INT64, INT8 } = onnx.TensorProto.DataType;
  if (tensor.rawData?.length) return Uint8Array.from(tensor.rawData);
  switch (tensor.dataType) {
    case FLOAT:
      return new Uint8Array(Float32Array.from(tensor.floatData ?? []).buffer);
    case DOUBLE:
      return new Uint8Array(Float64Array.from(tensor.doubleData ?? []).buffer);
    case INT64:
      return new Uint8Array(BigInt64Array.from((tensor.int64Data ?? []).map((value) => BigInt(Number(value)))).buffer);
    case INT8:
      return new Uint8Array(Int8Array.from(tensor.int32Data ?? []).buffer);
    default:
      return new Uint8Array();
  }
}

function infoFromProto(info: onnx.IValueInfoProto): unknown {
  const tensor = info.type?.tensorType;
  if (!tensor) return [info.name, 'unknown'];
  const shape = tensor.shape ? (tensor.shape.dim ?? []).map(({ dimValue, dimParam }) => dimParam ?? (dimValue === undefined ? null : Number(dimValue))) : null;
  return [info.name, [dataTypeFromCode(tensor.elemType!), shape]];
}
