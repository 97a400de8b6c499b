import { onnx } from 'onnx-proto';
import { dataTypeCode } from '../../onnx/dtypes';
import { bytesPiece, lengthField } from '../../onnx/pieces';
import type { Piece } from '../../onnx/pieces';
import type { StoredPart } from './replacement';

const GRAPH_INPUT = 11;
const FUNCTION_NODE = 7;
const NODE_ATTRIBUTE = 5;
const ATTRIBUTE_TENSOR = 5;
const TENSOR_RAW_DATA = 9;

/** A graph's `input` field for a tensor of fixed shape. */
export function graphInputField({ name, dataType, dims }: StoredPart): readonly Piece[] {
  const shape = { dim: dims.map((dimValue) => ({ dimValue })) };
  return lengthField(GRAPH_INPUT, [bytesPiece(onnx.ValueInfoProto.encode({ name, type: { tensorType: { elemType: dataTypeCode(dataType), shape } } }).finish())]);
}

/** A function's `node` field for a Constant that holds a tensor: functions have no initializers. */
export function functionConstantField({ name, dataType, dims }: StoredPart, data: readonly Piece[]): readonly Piece[] {
  const tensor = [bytesPiece(onnx.TensorProto.encode({ dims: [...dims], dataType: dataTypeCode(dataType) }).finish()), ...lengthField(TENSOR_RAW_DATA, data)];
  const attribute = [bytesPiece(onnx.AttributeProto.encode({ name: 'value', type: onnx.AttributeProto.AttributeType.TENSOR }).finish()), ...lengthField(ATTRIBUTE_TENSOR, tensor)];
  const node = [bytesPiece(onnx.NodeProto.encode({ opType: 'Constant', name, output: [name] }).finish()), ...lengthField(NODE_ATTRIBUTE, attribute)];
  return lengthField(FUNCTION_NODE, node);
}
