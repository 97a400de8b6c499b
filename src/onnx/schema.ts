import { AttributeBuilder } from './builders/attribute';
import type { NamedAttribute } from './builders/attribute';
import { EntryBuilder } from './builders/entry';
import type { Entry } from './builders/entry';
import { FunctionBuilder } from './builders/function';
import { GraphBuilder } from './builders/graph';
import { ModelBuilder } from './builders/model';
import { NodeBuilder } from './builders/node';
import { SparseTensorBuilder, TensorBuilder } from './builders/tensor';
import type { ReadContext } from './context';
import { decodeOpset, decodeType, decodeValueInfo } from './decode';
import { INLINE_ATTRIBUTE_BYTES } from './limits';
import type { ByteSpan, Graph, ModelFunction, Node, SparseTensor, Tensor } from './model';
import type { PayloadRun } from './payload';
import { FIXED32, FIXED64, LENGTH_DELIMITED, VARINT } from './wire';

/**
 * What a field holds.
 * - `name`, `text`: a text; the length of a name is limited.
 * - `float`, `integer`, `code`: numbers: 32-bit floating point, or integers of 64 or 32 bits.
 * - `message`: another message.
 * - `payload`: elements of a tensor: a small run is captured, a large one stays in the file as a byte range.
 */
export type FieldAction = 'name' | 'text' | 'float' | 'integer' | 'code' | 'message' | 'payload';

/** Collects the fields of one message and makes a record of them. */
export interface Builder {
  finish(context: ReadContext, span: ByteSpan): unknown;
}

type Decode<T> = (context: ReadContext, bytes: Uint8Array) => T;

export interface FieldRule {
  readonly action: FieldAction;
  /** Wire type of one element. Any other type (but a packed run) makes the field unknown, as protobuf prescribes. */
  readonly wire: number;
  /** A repeated scalar: a length-delimited run of elements is legal too. */
  readonly packable: boolean;
  /** Schema of the content, for messages. */
  readonly message: MessageRule | null;
  /** Makes the value of a message that is copied. */
  readonly decode: Decode<unknown> | null;
  /** The field may not occur twice in one message: its positions inside the file are recorded. */
  readonly single: boolean;
  /** A longer value stays in the file, and `omit` is called instead of `store`. */
  readonly maxBytes: number;
  /** Hands the value to the builder of the message around it. */
  readonly store: (builder: unknown, value: unknown) => void;
  readonly omit: (builder: unknown) => void;
}

export interface MessageRule {
  readonly name: string;
  /** Null for a message that is copied, for decoding as a whole. */
  readonly build: (() => Builder) | null;
  /** By field number. */
  readonly fields: readonly (FieldRule | undefined)[];
}

const nothing = (): void => undefined;

function rule(action: FieldAction, wire: number, extra: Partial<FieldRule> = {}): FieldRule {
  return { action, wire, packable: false, message: null, decode: null, single: false, maxBytes: Infinity, store: nothing, omit: nothing, ...extra };
}

type Store<B, T> = (builder: B, value: T) => void;

/** Rules for fields that a builder of type `B` collects. One table holds the rules for all builders, hence the casts. */
class FieldsOf<B> {
  readonly name = (store: Store<B, string>): FieldRule => this.#scalar('name', LENGTH_DELIMITED, store);
  readonly text = (store: Store<B, string>): FieldRule => this.#scalar('text', LENGTH_DELIMITED, store);
  readonly float = (store: Store<B, number>): FieldRule => this.#scalar('float', FIXED32, store);
  readonly floats = (store: Store<B, number>): FieldRule => ({ ...this.float(store), packable: true });
  readonly integer = (store: Store<B, number>): FieldRule => this.#scalar('integer', VARINT, store);
  readonly integers = (store: Store<B, number>): FieldRule => ({ ...this.integer(store), packable: true });
  readonly code = (store: Store<B, number>): FieldRule => this.#scalar('code', VARINT, store);
  readonly message = <T>(message: MessageRule, store: Store<B, T>): FieldRule => ({ ...this.#scalar('message', LENGTH_DELIMITED, store), message });
  readonly once = <T>(message: MessageRule, store: Store<B, T>): FieldRule => ({ ...this.message(message, store), single: true });
  readonly decoded = <T>(message: MessageRule, decode: Decode<T>, store: Store<B, T>): FieldRule => ({ ...this.message(message, store), decode });

  #scalar<T>(action: FieldAction, wire: number, store: Store<B, T>): FieldRule {
    return rule(action, wire, { store: store as FieldRule['store'] });
  }
}

function payload(wire: number, packable: boolean): FieldRule {
  return rule('payload', wire, { packable, store: (to, run) => { (to as TensorBuilder).runs.push(run as PayloadRun); } });
}

/** The value of an attribute: a long one is a blob of a vendor operator or a table, which nothing here reads. */
function upToLimit(field: FieldRule): FieldRule {
  return { ...field, maxBytes: INLINE_ATTRIBUTE_BYTES, omit: (to) => { (to as AttributeBuilder).incomplete = true; } };
}

/** Messages refer to each other in circles (a node holds attributes that hold graphs), so tables are filled after all exist. */
function declare(name: string, build: MessageRule['build'] = null): MessageRule & { fields: (FieldRule | undefined)[] } {
  return { name, build, fields: [] };
}

function define(target: { fields: (FieldRule | undefined)[] }, table: Readonly<Record<number, FieldRule>>): void {
  for (const [number, field] of Object.entries(table)) target.fields[Number(number)] = field;
}

const model = declare('ModelProto', () => new ModelBuilder());
const graph = declare('GraphProto', () => new GraphBuilder());
const modelFunction = declare('FunctionProto', () => new FunctionBuilder());
const node = declare('NodeProto', () => new NodeBuilder());
const attribute = declare('AttributeProto', () => new AttributeBuilder());
const tensor = declare('TensorProto', () => new TensorBuilder());
const sparseTensor = declare('SparseTensorProto', () => new SparseTensorBuilder());
const entry = declare('StringStringEntryProto', () => new EntryBuilder());
const valueInfo = declare('ValueInfoProto');
const type = declare('TypeProto');
const tensorType = declare('TypeProto.Tensor');
const elementType = declare('TypeProto.Sequence');
const mapType = declare('TypeProto.Map');
const shape = declare('TensorShapeProto');
const dimension = declare('TensorShapeProto.Dimension');
const opset = declare('OperatorSetIdProto');

// Field numbers as in onnx.proto of ONNX 1.20. Fields that Nibble has no use for (doc strings, training info,
// quantization annotations, device configurations, per-node metadata) are left out and stay in the file.
const ofModel = new FieldsOf<ModelBuilder>();
define(model, {
  1: ofModel.integer((to, value) => { to.irVersion = value; }),
  2: ofModel.text((to, value) => { to.producerName = value; }),
  3: ofModel.text((to, value) => { to.producerVersion = value; }),
  4: ofModel.text((to, value) => { to.domain = value; }),
  5: ofModel.integer((to, value) => { to.modelVersion = value; }),
  6: ofModel.text((to, value) => { to.docString = value; }),
  7: ofModel.once<Graph>(graph, (to, value) => { to.graph = value; }),
  8: ofModel.decoded(opset, decodeOpset, (to, { domain, version }) => { to.opsets.set(domain, version); }),
  14: ofModel.message<Entry>(entry, (to, { key, value }) => { to.metadata.set(key, value); }),
  25: ofModel.message<ModelFunction>(modelFunction, (to, value) => { to.functions.push(value); }),
});
const ofGraph = new FieldsOf<GraphBuilder>();
define(graph, {
  1: ofGraph.message<Node>(node, (to, value) => { to.nodes.push(value); }),
  2: ofGraph.name((to, value) => { to.name = value; }),
  5: ofGraph.message<Tensor>(tensor, (to, value) => { to.initializers.push(value); }),
  11: ofGraph.decoded(valueInfo, decodeValueInfo, (to, value) => { to.inputs.push(value); }),
  12: ofGraph.decoded(valueInfo, decodeValueInfo, (to, value) => { to.outputs.push(value); }),
  13: ofGraph.decoded(valueInfo, decodeValueInfo, (to, value) => { to.valueInfo.push(value); }),
  15: ofGraph.message<SparseTensor>(sparseTensor, (to, value) => { to.sparseInitializers.push(value); }),
});
const ofFunction = new FieldsOf<FunctionBuilder>();
define(modelFunction, {
  1: ofFunction.name((to, value) => { to.name = value; }),
  4: ofFunction.name((to, value) => { to.inputs.push(value); }),
  5: ofFunction.name((to, value) => { to.outputs.push(value); }),
  6: ofFunction.name((to, value) => { to.attributes.push(value); }),
  7: ofFunction.message<Node>(node, (to, value) => { to.nodes.push(value); }),
  9: ofFunction.decoded(opset, decodeOpset, (to, { domain, version }) => { to.opsets.set(domain, version); }),
  10: ofFunction.name((to, value) => { to.domain = value; }),
  11: ofFunction.message<NamedAttribute>(attribute, (to, { name, value }) => { to.defaults.set(name, value); }),
  12: ofFunction.decoded(valueInfo, decodeValueInfo, (to, value) => { to.valueInfo.push(value); }),
  13: ofFunction.name((to, value) => { to.overload = value; }),
});
const ofNode = new FieldsOf<NodeBuilder>();
define(node, {
  1: ofNode.name((to, value) => { to.inputs.push(value); }),
  2: ofNode.name((to, value) => { to.outputs.push(value); }),
  3: ofNode.name((to, value) => { to.name = value; }),
  4: ofNode.name((to, value) => { to.op = value; }),
  5: ofNode.message<NamedAttribute>(attribute, (to, value) => { to.add(value); }),
  7: ofNode.name((to, value) => { to.domain = value; }),
  8: ofNode.name((to, value) => { to.overload = value; }),
});
const ofAttribute = new FieldsOf<AttributeBuilder>();
define(attribute, {
  1: ofAttribute.name((to, value) => { to.name = value; }),
  2: ofAttribute.float((to, value) => { to.float = value; }),
  3: ofAttribute.integer((to, value) => { to.integer = value; }),
  4: upToLimit(ofAttribute.text((to, value) => { to.text = value; })),
  5: ofAttribute.once<Tensor>(tensor, (to, value) => { to.tensor = value; }),
  6: ofAttribute.once<Graph>(graph, (to, value) => { to.graph = value; }),
  7: upToLimit(ofAttribute.floats((to, value) => { to.floats.push(value); })),
  8: upToLimit(ofAttribute.integers((to, value) => { to.integers.push(value); })),
  9: upToLimit(ofAttribute.text((to, value) => { to.texts.push(value); })),
  10: ofAttribute.message<Tensor>(tensor, (to, value) => { to.tensors.push(value); }),
  11: ofAttribute.message<Graph>(graph, (to, value) => { to.graphs.push(value); }),
  14: ofAttribute.decoded(type, decodeType, (to, value) => { to.valueType = value; }),
  20: ofAttribute.code((to, value) => { to.type = value; }),
  21: ofAttribute.name((to, value) => { to.reference = value; }),
  22: ofAttribute.once<SparseTensor>(sparseTensor, (to, value) => { to.sparse = value; }),
});
const ofTensor = new FieldsOf<TensorBuilder>();
define(tensor, {
  1: ofTensor.integers((to, value) => { to.dims.push(value); }),
  2: ofTensor.code((to, value) => { to.typeCode = value; }),
  4: payload(FIXED32, true),
  5: payload(VARINT, true),
  7: payload(VARINT, true),
  8: ofTensor.name((to, value) => { to.name = value; }),
  9: payload(LENGTH_DELIMITED, false),
  10: payload(FIXED64, true),
  11: payload(VARINT, true),
  13: ofTensor.message<Entry>(entry, (to, { key, value }) => { to.addExternal(key, value); }),
  14: ofTensor.code((to, value) => { to.location = value; }),
});
const ofSparseTensor = new FieldsOf<SparseTensorBuilder>();
define(sparseTensor, {
  1: ofSparseTensor.once<Tensor>(tensor, (to, value) => { to.values = value; }),
  2: ofSparseTensor.once<Tensor>(tensor, (to, value) => { to.indices = value; }),
  3: ofSparseTensor.integers((to, value) => { to.dims.push(value); }),
});
const ofEntry = new FieldsOf<EntryBuilder>();
define(entry, { 1: ofEntry.text((to, value) => { to.key = value; }), 2: ofEntry.text((to, value) => { to.value = value; }) });


// Types nest in several ways and are few: they are copied and decoded as a whole.
const integer = rule('integer', VARINT);
const code = rule('code', VARINT);
const name = rule('name', LENGTH_DELIMITED);
const copied = (content: MessageRule): FieldRule => rule('message', LENGTH_DELIMITED, { message: content });
define(valueInfo, { 1: name, 2: copied(type) });
define(type, { 1: copied(tensorType), 4: copied(elementType), 5: copied(mapType), 8: copied(tensorType), 9: copied(elementType) });
define(tensorType, { 1: code, 2: copied(shape) });
define(elementType, { 1: copied(type) });
define(mapType, { 1: code, 2: copied(type) });
define(shape, { 1: copied(dimension) });
define(dimension, { 1: integer, 2: name });
define(opset, { 1: name, 2: integer });

/** The schema of a whole file. */
export const MODEL_RULE: MessageRule = model;
