import { INLINE_ATTRIBUTE_BYTES } from './limits';
import { FIXED32, FIXED64, LENGTH_DELIMITED, VARINT } from './wire';

/**
 * What the skim does with a field.
 * - `keep`: copied for decoding.
 * - `name`: likewise; a text whose length is limited.
 * - `message`: walked into.
 * - `payload`: elements of a tensor: a small one is captured, a large one stays in the file as a byte range.
 * - `aside`: captured apart, because the decoder's older schema would drop it.
 */
export type FieldAction = 'keep' | 'name' | 'message' | 'payload' | 'aside';

export interface FieldRule {
  readonly action: FieldAction;
  /** Wire type of one element. Any other type (but a packed run) makes the field unknown, as protobuf prescribes. */
  readonly wire: number;
  /** A repeated scalar: a length-delimited run of elements is legal too. */
  readonly packable: boolean;
  /** A varint of 32 bits. */
  readonly narrow: boolean;
  /** Schema of the content, for messages. */
  readonly message: MessageRule | null;
  /** Positions inside the file are recorded. Such a field may not occur twice where the schema says it is single. */
  readonly traced: boolean;
  readonly single: boolean;
  /** A longer value stays in the file and is noted as left out. */
  readonly maxBytes: number;
}

export interface MessageRule {
  readonly name: string;
  /** By field number. */
  readonly fields: readonly (FieldRule | undefined)[];
}

type FieldTable = Readonly<Record<number, FieldRule>>;

const rule = (action: FieldAction, wire: number, extra: Partial<FieldRule> = {}): FieldRule => ({
  action, wire, packable: false, narrow: false, message: null, traced: false, single: false, maxBytes: Infinity, ...extra,
});

const keepVarint = rule('keep', VARINT);
const keepNarrow = rule('keep', VARINT, { narrow: true });
const keepFloat = rule('keep', FIXED32);
const keepBytes = rule('keep', LENGTH_DELIMITED);
const name = rule('name', LENGTH_DELIMITED);
const varints = rule('keep', VARINT, { packable: true });
const attributeBytes = rule('keep', LENGTH_DELIMITED, { maxBytes: INLINE_ATTRIBUTE_BYTES });
const attributeFloats = rule('keep', FIXED32, { packable: true, maxBytes: INLINE_ATTRIBUTE_BYTES });
const attributeVarints = rule('keep', VARINT, { packable: true, maxBytes: INLINE_ATTRIBUTE_BYTES });
const overload = rule('aside', LENGTH_DELIMITED);

const message = (content: MessageRule): FieldRule => rule('message', LENGTH_DELIMITED, { message: content });
const traced = (content: MessageRule): FieldRule => rule('message', LENGTH_DELIMITED, { message: content, traced: true });
const tracedOnce = (content: MessageRule): FieldRule => rule('message', LENGTH_DELIMITED, { message: content, traced: true, single: true });
const aside = (content: MessageRule): FieldRule => rule('aside', LENGTH_DELIMITED, { message: content });

/** Messages refer to each other in circles (a node holds attributes that hold graphs), so tables are filled after all exist. */
function declare(messageName: string): MessageRule & { fields: (FieldRule | undefined)[] } {
  return { name: messageName, fields: [] };
}

function define(target: { fields: (FieldRule | undefined)[] }, table: FieldTable): void {
  for (const [number, field] of Object.entries(table)) target.fields[Number(number)] = field;
}

const model = declare('ModelProto');
const graph = declare('GraphProto');
const node = declare('NodeProto');
const attribute = declare('AttributeProto');
const tensor = declare('TensorProto');
const sparseTensor = declare('SparseTensorProto');
const modelFunction = declare('FunctionProto');
const valueInfo = declare('ValueInfoProto');
const type = declare('TypeProto');
const tensorType = declare('TypeProto.Tensor');
const elementType = declare('TypeProto.Sequence');
const mapType = declare('TypeProto.Map');
const shape = declare('TensorShapeProto');
const dimension = declare('TensorShapeProto.Dimension');
const opset = declare('OperatorSetIdProto');
const entry = declare('StringStringEntryProto');

// Field numbers as in onnx.proto of ONNX 1.20. Fields that Nibble has no use for (doc strings, training info,
// quantization annotations, device configurations, per-node metadata) are left out and stay in the file.
define(model, {
  1: keepVarint, 2: keepBytes, 3: keepBytes, 4: keepBytes, 5: keepVarint, 6: keepBytes,
  7: tracedOnce(graph), 8: message(opset), 14: message(entry), 25: traced(modelFunction),
});
define(graph, {
  1: traced(node), 2: name, 5: traced(tensor),
  11: message(valueInfo), 12: message(valueInfo), 13: message(valueInfo), 15: traced(sparseTensor),
});
define(node, { 1: name, 2: name, 3: name, 4: name, 5: traced(attribute), 7: name, 8: overload });
define(attribute, {
  1: name, 2: keepFloat, 3: keepVarint, 4: attributeBytes,
  5: tracedOnce(tensor), 6: tracedOnce(graph), 7: attributeFloats, 8: attributeVarints, 9: attributeBytes,
  10: traced(tensor), 11: traced(graph), 14: message(type), 20: keepNarrow, 21: name,
  22: tracedOnce(sparseTensor), 23: traced(sparseTensor),
});
define(tensor, {
  1: varints, 2: keepNarrow,
  4: rule('payload', FIXED32, { packable: true }),
  5: rule('payload', VARINT, { packable: true }),
  7: rule('payload', VARINT, { packable: true }),
  8: name,
  9: rule('payload', LENGTH_DELIMITED),
  10: rule('payload', FIXED64, { packable: true }),
  11: rule('payload', VARINT, { packable: true }),
  13: message(entry), 14: keepNarrow,
});
define(sparseTensor, { 1: tracedOnce(tensor), 2: tracedOnce(tensor), 3: varints });
define(modelFunction, {
  1: name, 4: name, 5: name, 6: name, 7: traced(node), 9: message(opset), 10: name,
  11: aside(attribute), 12: aside(valueInfo), 13: overload,
});
define(valueInfo, { 1: name, 2: message(type) });
define(type, { 1: message(tensorType), 4: message(elementType), 5: message(mapType), 8: message(tensorType), 9: message(elementType) });
define(tensorType, { 1: keepNarrow, 2: message(shape) });
define(elementType, { 1: message(type) });
define(mapType, { 1: keepNarrow, 2: message(type) });
define(shape, { 1: message(dimension) });
define(dimension, { 1: keepVarint, 2: name });
define(opset, { 1: name, 2: keepVarint });
define(entry, { 1: keepBytes, 2: keepBytes });

/** The schema of a whole file. */
export const MODEL_RULE: MessageRule = model;
