import { NibbleError } from '../errors';
import { malformedTensor } from './context';
import type { ReadContext } from './context';
import { bitsPerElement, dataTypeFromCode, packedByteLength } from './dtypes';
import type { DataType } from './dtypes';
import { checkExternalLocation } from './externalLocation';
import type { ByteSpan, Tensor, TensorStorage } from './model';
import type { PayloadRun } from './payload';
import { elementCount } from './tensorData';
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

/** `TensorProto.DataLocation`: the elements are in another file. */
const EXTERNAL = 1;

/** What a TensorProto says about itself. */
export interface TensorDescription {
  readonly name: string;
  readonly typeCode: number;
  readonly dims: readonly number[];
  /** `TensorProto.DataLocation`. */
  readonly location: number;
  readonly external: ReadonlyMap<string, string>;
  readonly runs: readonly PayloadRun[];
}

/** Throws `malformed` when the stored bytes do not match type and shape, `unsafe-path` for a hostile external location. */
export function convertTensor(context: ReadContext, description: TensorDescription, span: ByteSpan): Tensor {
  const { name } = description;
  const dataType = dataTypeFromCode(description.typeCode);
  const dims = checkedDims(context, name, description.dims);
  const count = elementCount({ dims });
  if (!Number.isSafeInteger(count * 16)) throw malformedTensor(context, name, `has the shape [${dims.join(', ')}], which no computer can hold`);
  return { name, dataType, dims, storage: convertStorage(context, { name, dataType, count, description }), span };
}

/** The dimensions in an array of their own. */
export function checkedDims(context: ReadContext, name: string, dims: readonly number[]): readonly number[] {
  if (dims.length > context.limits.rank) {
    const file = context.source.name;
    throw new NibbleError('limit', `In ${file} the tensor '${name}' has ${dims.length} dimensions; at most ${context.limits.rank} are accepted.`, { file, tensor: name });
  }
  for (const dim of dims) if (dim < 0 || !Number.isSafeInteger(dim)) throw malformedTensor(context, name, `has a dimension of ${dim}`);
  return dims.slice();
}

interface Described {
  readonly name: string;
  readonly dataType: DataType;
  /** Elements, by the shape. */
  readonly count: number;
  readonly description: TensorDescription;
}

function convertStorage(context: ReadContext, tensor: Described): TensorStorage {
  if (tensor.description.location === EXTERNAL) return convertExternal(context, tensor);
  if (tensor.dataType === 'string') return { kind: 'strings' };
  const { runs } = tensor.description;
  const field = runs.some((run) => run.field === RAW_DATA) ? RAW_DATA : typedFieldOf(tensor.dataType);
  const used = runs.length === 1 && runs[0]!.field === field ? runs : runs.filter((run) => run.field === field);
  if (used.length === 0) {
    if (tensor.count > 0 && bitsPerElement(tensor.dataType) > 0) throw malformedTensor(context, tensor.name, `has ${tensor.count} elements by its shape, but no data`);
    return { kind: 'inline', bytes: new Uint8Array(0) };
  }
  // The layout of a type that a later standard brought is unknown: its bytes are passed on as they are.
  const typed = bitsPerElement(tensor.dataType) === 0 ? undefined : TYPED_FIELDS.get(field);
  if (typed) return convertTyped(context, tensor, used, typed);
  // Of several raw_data fields the last one counts; runs of a packed field are joined.
  return convertPlain(context, tensor, field === RAW_DATA && used.length > 1 ? used.slice(-1) : used);
}

/** `raw_data`, or a field whose packed bytes equal it. */
function convertPlain(context: ReadContext, tensor: Described, runs: readonly PayloadRun[]): TensorStorage {
  const length = lengthOf(runs);
  checkLength(context, tensor, length);
  const [only] = runs;
  if (runs.length === 1 && only?.bytes === null) return { kind: 'file', offset: only.start, length };
  return { kind: 'inline', bytes: joinRuns(context, tensor, runs) };
}

function convertTyped(context: ReadContext, tensor: Described, runs: readonly PayloadRun[], field: TypedField): TensorStorage {
  const [only] = runs;
  if (runs.length === 1 && only?.bytes === null) {
    const length = only.end - only.start;
    const varints = varintCount(tensor.dataType, tensor.count);
    if (length < varints || length > varints * 10) {
      throw malformedTensor(context, tensor.name, `has ${tensor.count} elements by its shape, which cannot be what its ${length} bytes of ${field} hold`);
    }
    return { kind: 'typed', field, offset: only.start, length };
  }
  const bytes = unpackVarints(joinRuns(context, tensor, runs), tensor.dataType, tensor.count);
  if (!bytes) throw malformedTensor(context, tensor.name, `has ${tensor.count} elements by its shape, but its ${field} holds another number`);
  return { kind: 'inline', bytes };
}

function joinRuns(context: ReadContext, tensor: Described, runs: readonly PayloadRun[]): Uint8Array {
  const [only] = runs;
  if (runs.length === 1 && only?.bytes) return only.bytes;
  const length = lengthOf(runs);
  if (length > MAX_JOINED_BYTES) throw malformedTensor(context, tensor.name, `keeps its data in ${runs.length} pieces, ${length} bytes together`);
  const joined = new Uint8Array(length);
  let position = 0;
  for (const run of runs) {
    const target = joined.subarray(position, (position += run.end - run.start));
    if (run.bytes) target.set(run.bytes);
    else context.source.readInto(target, run.start);
  }
  return joined;
}

function lengthOf(runs: readonly PayloadRun[]): number {
  let length = 0;
  for (const { start, end } of runs) length += end - start;
  return length;
}

function checkLength(context: ReadContext, tensor: Described, length: number): void {
  if (bitsPerElement(tensor.dataType) === 0) return;
  const expected = packedByteLength(tensor.dataType, tensor.count);
  if (length !== expected) {
    throw malformedTensor(context, tensor.name, `takes ${expected} bytes by its shape and type (${tensor.count} × ${tensor.dataType}), but ${length} bytes are stored`);
  }
}

function convertExternal(context: ReadContext, tensor: Described): TensorStorage {
  const entries = tensor.description.external;
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
