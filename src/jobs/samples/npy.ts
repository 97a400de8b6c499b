import { NibbleError } from '../../errors';
import type { DataType } from '../../onnx/dtypes';
import { elementCount } from '../../runtime/tensorValue';
import type { TensorData, TensorValue } from '../../runtime/tensorValue';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Magic, version and length of the header, in version 1. */
const PREFIX_BYTES = 10;

/** NumPy needs no more than 64 axes; a longer shape is damage. */
const MAX_RANK = 64;

/** An element type by NumPy's type code (`descr` without its byte order). */
interface Element {
  readonly dataType: DataType;
  readonly bytes: number;
  readonly view: (buffer: ArrayBuffer) => Exclude<TensorData, readonly string[]>;
}

const ELEMENTS: Readonly<Record<string, Element>> = {
  f2: { dataType: 'float16', bytes: 2, view: (buffer) => new Uint16Array(buffer) },
  f4: { dataType: 'float', bytes: 4, view: (buffer) => new Float32Array(buffer) },
  f8: { dataType: 'double', bytes: 8, view: (buffer) => new Float64Array(buffer) },
  i1: { dataType: 'int8', bytes: 1, view: (buffer) => new Int8Array(buffer) },
  u1: { dataType: 'uint8', bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  b1: { dataType: 'bool', bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  i2: { dataType: 'int16', bytes: 2, view: (buffer) => new Int16Array(buffer) },
  u2: { dataType: 'uint16', bytes: 2, view: (buffer) => new Uint16Array(buffer) },
  i4: { dataType: 'int32', bytes: 4, view: (buffer) => new Int32Array(buffer) },
  u4: { dataType: 'uint32', bytes: 4, view: (buffer) => new Uint32Array(buffer) },
  i8: { dataType: 'int64', bytes: 8, view: (buffer) => new BigInt64Array(buffer) },
  u8: { dataType: 'uint64', bytes: 8, view: (buffer) => new BigUint64Array(buffer) },
};

/**
 * Decodes an array in NumPy's `.npy` format, versions 1 to 3, both byte orders and both element orders.
 * Throws `invalid-samples`, naming `file`, for anything that is not a numeric array.
 */
export function decodeNpy(bytes: Uint8Array, file: string): TensorValue {
  const { text, dataOffset } = readHeader(bytes, file);
  const descr = /'descr'\s*:\s*'([<>|=])([a-zA-Z]\d*)'/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (order === undefined || shape === undefined) throw invalid(file, 'its header is damaged');
  const element = descr === null ? undefined : ELEMENTS[descr[2]!];
  if (element === undefined) throw invalid(file, `its element type ${/'descr'\s*:\s*([^,}]+)/.exec(text)?.[1]?.trim() ?? ''} is not a plain number type`);

  const dims = shape.split(',').map((dim) => dim.trim()).filter((dim) => dim !== '').map((dim) => Number.parseInt(dim, 10));
  const elements = elementCount(dims);
  const length = elements * element.bytes;
  if (dims.length > MAX_RANK || !Number.isSafeInteger(length)) throw invalid(file, 'its shape is impossible');
  if (bytes.length - dataOffset < length) throw invalid(file, `it holds ${bytes.length - dataOffset} bytes of data where its shape needs ${length}`);

  // A copy, because the data need not start at a multiple of the element's size (and a Buffer's slice would not be one).
  const data = Uint8Array.from(bytes.subarray(dataOffset, dataOffset + length));
  if (descr![1] === '>') reverseElements(data, element.bytes);
  const ordered = order === 'True' ? toRowMajor(data, dims, element.bytes) : data;
  return { dataType: element.dataType, dims, data: element.view(ordered.buffer as ArrayBuffer) };
}

/** NumPy's type code (`descr`) of each element type; that of this machine's byte order, which every supported system shares. */
const DESCRIPTIONS: ReadonlyMap<DataType, string> = new Map(Object.entries(ELEMENTS).map(([code, { dataType, bytes }]) => [dataType, `${bytes === 1 ? '|' : '<'}${code}`]));

/** Where NumPy wants the data to start: at a multiple of this. */
const HEADER_ALIGNMENT = 64;

/** An array in NumPy's `.npy` format, version 1; null for elements that NumPy has no plain number type for. */
export function encodeNpy({ dataType, dims, data }: TensorValue): Uint8Array | null {
  const descr = DESCRIPTIONS.get(dataType);
  if (descr === undefined || !('buffer' in data)) return null;
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims.length === 1 ? `${dims[0]!},` : dims.join(', ')}), }`;
  const length = Math.ceil((PREFIX_BYTES + header.length + 1) / HEADER_ALIGNMENT) * HEADER_ALIGNMENT - PREFIX_BYTES;
  const bytes = new Uint8Array(PREFIX_BYTES + length + data.byteLength);
  bytes.set([...MAGIC, 1, 0, length % 256, length >> 8]);
  bytes.set(new TextEncoder().encode(`${header.padEnd(length - 1)}\n`), PREFIX_BYTES);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), PREFIX_BYTES + length);
  return bytes;
}

function readHeader(bytes: Uint8Array, file: string): { text: string; dataOffset: number } {
  if (bytes.length < PREFIX_BYTES || MAGIC.some((byte, index) => bytes[index] !== byte)) throw invalid(file, 'it is not in the .npy format');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6]!;
  if (version < 1 || version > 3) throw invalid(file, `its format version ${version} is not known`);
  const start = version === 1 ? PREFIX_BYTES : 12;
  const length = version === 1 || bytes.length < 12 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) throw invalid(file, 'it ends inside its header');
  return { text: new TextDecoder('latin1').decode(bytes.subarray(start, start + length)), dataOffset: start + length };
}

function reverseElements(data: Uint8Array, size: number): void {
  for (let offset = 0; offset < data.length; offset += size) data.subarray(offset, offset + size).reverse();
}

/** Reorders elements from first-axis-fastest to last-axis-fastest. */
function toRowMajor(data: Uint8Array, dims: readonly number[], size: number): Uint8Array {
  const result = new Uint8Array(data.length);
  const index = new Array<number>(dims.length).fill(0);
  for (let target = 0; target < data.length; target += size) {
    let source = 0;
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) source = source * dims[axis]! + index[axis]!;
    for (let byte = 0; byte < size; byte += 1) result[target + byte] = data[source * size + byte]!;
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
      index[axis] = index[axis]! + 1;
      if (index[axis]! < dims[axis]!) break;
      index[axis] = 0;
    }
  }
  return result;
}

function invalid(file: string, why: string): NibbleError {
  return new NibbleError('invalid-samples', `The samples in ${file} cannot be used: ${why}. Save them again with numpy.save or numpy.savez.`, { file });
}
