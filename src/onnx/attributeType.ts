import { onnx } from 'onnx-proto';

const { AttributeType } = onnx.AttributeProto;

/** Files of the first IR version do not say the type: it is that of the field which is there. */
export function guessType(attribute: onnx.IAttributeProto): onnx.AttributeProto.AttributeType {
  const has = (key: keyof onnx.IAttributeProto): boolean => Object.hasOwn(attribute, key);
  const filled = (key: 'floats' | 'ints' | 'strings' | 'tensors' | 'graphs'): boolean => (attribute[key]?.length ?? 0) > 0;
  if (has('f')) return AttributeType.FLOAT;
  if (has('i')) return AttributeType.INT;
  if (has('s')) return AttributeType.STRING;
  if (has('t')) return AttributeType.TENSOR;
  if (has('g')) return AttributeType.GRAPH;
  if (filled('floats')) return AttributeType.FLOATS;
  if (filled('ints')) return AttributeType.INTS;
  if (filled('strings')) return AttributeType.STRINGS;
  if (filled('tensors')) return AttributeType.TENSORS;
  if (filled('graphs')) return AttributeType.GRAPHS;
  return AttributeType.UNDEFINED;
}
