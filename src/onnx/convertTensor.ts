import { onnx } from 'onnx-proto';
import { NibbleError } from '../errors';
import { malformedTensor } from './context';
import type { ReadContext } from './context';
import { bitsPerElement, dataTypeFromCode, packedByteLength } from './dtypes';
import type { DataType } from './dtypes';
import { checkExternalLocation } from './externalLocation';
import { toNumber } from './integers';
import type { DecodedInt64 } from './integers';
import type { SparseTensor, Tensor, TensorStorage } from './model';
import { childrenOf } from './trace';
import type { Payload, Trace } from './trace';
import { unpackVarints, varintCount } from './typedData';
import type { TypedField } from './typedData';

const RAW_DATA = 9;
const FLOAT_DATA = 4;
const DOUBLE_DATA = 10;
const TYPED_FIELDS: ReadonlyMap<number, TypedField> = new Map([[5, 'int32_data'], [7, 'int64_data'], [11, 'uint64_data']]);

/** The field that holds the elements of a type when `raw_data` is not used (onnx.proto, comments at TensorProto). */
function typedFieldOf(type: DataType): number {
  switch (type) {
    case 'float':
    case 'complex64':
      return FLOAT_DATA;
    case 'double':
    case 'complex128':
      return DOUBLE_DATA;
    case 'int64':
      return 7;
    case 'uint32':
    case 'uint64':
      return 11;
    default:
      return 5;
  }
}

/** Pieces of one field are put together in memory up to this size; no exporter splits a field, so more is hostile. */
const MAX_JOINED_BYTES = 64 * 2 ** 20;

const { EXTERNAL } = onnx.TensorProto.DataLocation;

export function convertSparseTensor(context: ReadContext, tensor: onnx.ISparseTensorProto, trace: Trace): SparseTensor {
  const [values] = childrenOf(trace, 1);
  const [indices] = childrenOf(trace, 2);
  if (!tensor.values || !values || !tensor.indices || !indices) {
    throw malformedTensor(context, tensor.values?.name ?? '', 'is sparse and lacks its values or its indices');
  }
  const valueTensor = convertTensor(context, tensor.values, values);
  return {
    values: valueTensor,
    indices: convertTensor(context, tensor.indices, indices),
    dims: convertDims(context, valueTensor.name, tensor.dims ?? []),
  };
}

/** Throws `malformed` when the stored bytes do not match type and shape, `unsafe-path` for a hostile external location. */
export function convertTensor(context: ReadContext, tensor: onnx.ITensorProto, trace: Trace): Tensor {
  const name = tensor.name ?? '';
  const dataType = dataTypeFromCode(tensor.dataType ?? 0);
  const dims = convertDims(context, name, tensor.dims ?? []);
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (!Number.isSafeInteger(count * 16)) throw malformedTensor(context, name, `has the shape [${dims.join(', ')}], which no computer can hold`);
  const storage = convertStorage(context, { name, dataType, count, proto: tensor, trace });
  return { name, dataType, dims, storage, span: { start: trace.start, end: trace.end } };
}

function convertDims(context: ReadContext, name: string, dims: readonly DecodedInt64[]): readonly number[] {
  if (dims.length > context.limits.rank) {
    const file = context.source.name;
    throw new NibbleError('limit', `In ${file} the tensor '${name}' has ${dims.length} dimensions; at most ${context.limits.rank} are accepted.`, { file, tensor: name });
  }
  return dims.map((dim) => {
    const value = toNumber(dim);
    if (value < 0 || !Number.isSafeInteger(value)) throw malformedTensor(context, name, `has a dimension of ${value}`);
    return value;
  });
}

interface Described {
  readonly name: string;
  readonly dataType: DataType;
  /** Elements, by the shape. */
  readonly count: number;
  readonly proto: onnx.ITensorProto;
  readonly trace: Trace;
}

function convertStorage(context: ReadContext, tensor: Described): TensorStorage {
  if (tensor.proto.dataLocation === EXTERNAL) return convertExternal(context, tensor);
  if (tensor.dataType === 'string') return { kind: 'strings' };
  const payloads = tensor.trace.payloads ?? [];
  const payload = payloads.find(({ field }) => field === RAW_DATA) ?? payloads.find(({ field }) => field === typedFieldOf(tensor.dataType));
  if (!payload) {
    if (tensor.count > 0 && bitsPerElement(tensor.dataType) > 0) throw malformedTensor(context, tensor.name, `has ${tensor.count} elements by its shape, but no data`);
    return { kind: 'inline', bytes: new Uint8Array(0) };
  }
  // The layout of a type that a later standard brought is unknown: its bytes are passed on as they are.
  const typed = bitsPerElement(tensor.dataType) === 0 ? undefined : TYPED_FIELDS.get(payload.field);
  return typed ? convertTyped(context, tensor, payload, typed) : convertPlain(context, tensor, payload);
}

/** `raw_data`, or a field whose packed bytes equal it. */
function convertPlain(context: ReadContext, tensor: Described, payload: Payload): TensorStorage {
  // Of several raw_data fields the last one counts; runs of a packed field are joined.
  const runs = payload.field === RAW_DATA ? payload.runs.slice(-1) : payload.runs;
  const length = runs.reduce((sum, run) => sum + run.end - run.start, 0);
  checkLength(context, tensor, length);
  const [only] = runs;
  if (runs.length === 1 && only?.bytes === null) return { kind: 'file', offset: only.start, length };
  return { kind: 'inline', bytes: joinRuns(context, tensor, { ...payload, runs }) };
}

function convertTyped(context: ReadContext, tensor: Described, payload: Payload, field: TypedField): TensorStorage {
  const [only] = payload.runs;
  if (payload.runs.length === 1 && only?.bytes === null) {
    const length = only.end - only.start;
    const varints = varintCount(tensor.dataType, tensor.count);
    if (length < varints || length > varints * 10) {
      throw malformedTensor(context, tensor.name, `has ${tensor.count} elements by its shape, which cannot be what its ${length} bytes of ${field} hold`);
    }
    return { kind: 'typed', field, offset: only.start, length };
  }
  const bytes = unpackVarints(joinRuns(context, tensor, payload), tensor.dataType, tensor.count);
  if (!bytes) throw malformedTensor(context, tensor.name, `has ${tensor.count} elements by its shape, but its ${field} holds another number`);
  return { kind: 'inline', bytes };
}

function joinRuns(context: ReadContext, tensor: Described, payload: Payload): Uint8Array {
  const [only] = payload.runs;
  if (payload.runs.length === 1 && only?.bytes) return only.bytes;
  const length = payload.runs.reduce((sum, run) => sum + run.end - run.start, 0);
  if (length > MAX_JOINED_BYTES) throw malformedTensor(context, tensor.name, `keeps its data in ${payload.runs.length} pieces, ${length} bytes together`);
  const joined = new Uint8Array(length);
  let position = 0;
  for (const run of payload.runs) {
    const target = joined.subarray(position, (position += run.end - run.start));
    if (run.bytes) target.set(run.bytes);
    else context.source.readInto(target, run.start);
  }
  return joined;
}

function checkLength(context: ReadContext, tensor: Described, length: number): void {
  if (bitsPerElement(tensor.dataType) === 0) return;
  const expected = packedByteLength(tensor.dataType, tensor.count);
  if (length !== expected) {
    throw malformedTensor(context, tensor.name, `takes ${expected} bytes by its shape and type (${tensor.count} × ${tensor.dataType}), but ${length} bytes are stored`);
  }
}

function convertExternal(context: ReadContext, tensor: Described): TensorStorage {
  const entries = new Map((tensor.proto.externalData ?? []).map(({ key, value }) => [key ?? '', value ?? '']));
  const location = entries.get('location') ?? '';
  checkExternalLocation(location, tensor.name, context.source.name);
  const offset = externalNumber(context, tensor, 'offset', entries.get('offset'), 0);
  const length = externalNumber(context, tensor, 'length', entries.get('length'), packedByteLength(tensor.dataType, tensor.count));
  if (!Number.isSafeInteger(offset + length)) throw malformedTensor(context, tensor.name, `claims the bytes from ${offset} of '${location}', which no file has`);
  checkLength(context, tensor, length);
  return { kind: 'external', location, offset, length };
}

function externalNumber(context: ReadContext, tensor: Described, key: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw malformedTensor(context, tensor.name, `has an external ${key} of '${text}', which is no position in a file`);
  return value;
}
