import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';
import { NibbleError } from '../../errors';
import { bitsPerElement, dataTypeFromCode } from '../../onnx/dtypes';
import { toNumber } from '../../onnx/integers';
import { elementCount } from '../../runtime/tensorValue';
import type { TensorValue } from '../../runtime/tensorValue';
import { readSampleFile } from './arrayFile';
import { allocate } from './convert';
import type { NumericData } from './convert';

const INPUT_FILE = /^input_(\d+)\.pb$/;

/** Input files of a folder in the layout of the ONNX test suite (`input_0.pb`, `input_1.pb`, …), by position. */
export function testDataInputs(folder: string): readonly { readonly position: number; readonly path: string }[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const position = INPUT_FILE.exec(name)?.[1];
      return position === undefined ? [] : [{ position: Number(position), path: join(folder, name) }];
    })
    .sort((a, b) => a.position - b.position);
}

/** Reads a file that holds one serialized TensorProto. Throws `invalid-samples`. */
export function readTensorFile(path: string): { readonly name: string; readonly value: TensorValue } {
  const tensor = decode(path);
  const dataType = dataTypeFromCode(tensor.dataType);
  const dims = tensor.dims.map(toNumber);
  const count = elementCount(dims);
  if (!Number.isSafeInteger(count) || count < 0 || count > tensorBytesLimit(tensor)) throw invalid(path, 'its shape is impossible');
  const data = allocate(dataType, count);
  if (data === null) throw invalid(path, `its type ${dataType} cannot be fed to a model`);
  if (tensor.rawData.length > 0) {
    if (tensor.rawData.length !== (count * bitsPerElement(dataType)) / 8) throw invalid(path, 'its length does not fit its shape');
    new Uint8Array(data.buffer).set(tensor.rawData);
  } else {
    fill(data, tensor, path);
  }
  return { name: tensor.name, value: { dataType, dims, data } };
}

/** A tensor cannot have more elements than bytes in its file; anything else would allocate what a damaged header says. */
function tensorBytesLimit(tensor: onnx.TensorProto): number {
  return Math.max(tensor.rawData.length, tensor.floatData.length, tensor.doubleData.length, tensor.int32Data.length, tensor.int64Data.length, tensor.uint64Data.length);
}

function fill(data: NumericData, tensor: onnx.TensorProto, path: string): void {
  const fields = [tensor.floatData, tensor.doubleData, tensor.int32Data, tensor.int64Data, tensor.uint64Data];
  const values = fields.find(({ length }) => length > 0) ?? [];
  if (values.length !== data.length) throw invalid(path, 'its length does not fit its shape');
  values.forEach((value, index) => {
    const element = toNumber(value);
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[index] = BigInt(element);
    else data[index] = element;
  });
}

function decode(path: string): onnx.TensorProto {
  try {
    return onnx.TensorProto.decode(readSampleFile(path));
  } catch (error) {
    if (error instanceof NibbleError) throw error;
    throw invalid(path, 'it is not a serialized tensor', error);
  }
}

function invalid(path: string, why: string, cause?: unknown): NibbleError {
  return new NibbleError('invalid-samples', `The sample ${path} cannot be used: ${why}.`, { file: path }, { cause });
}
