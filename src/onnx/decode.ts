import { onnx } from 'onnx-proto';
import { NibbleError } from '../errors';
import type { ReadContext } from './context';
import { convertType, convertValueInfo } from './convertType';
import { standardDomain } from './domain';
import { toNumber } from './integers';
import type { ValueInfo, ValueType } from './model';

export function decodeValueInfo(context: ReadContext, bytes: Uint8Array): ValueInfo {
  return convertValueInfo(decodeMessage(context, bytes, onnx.ValueInfoProto));
}

export function decodeType(context: ReadContext, bytes: Uint8Array): ValueType {
  return convertType(decodeMessage(context, bytes, onnx.TypeProto));
}

export interface OpsetImport {
  readonly domain: string;
  readonly version: number;
}

export function decodeOpset(context: ReadContext, bytes: Uint8Array): OpsetImport {
  const { domain, version } = decodeMessage(context, bytes, onnx.OperatorSetIdProto);
  return { domain: standardDomain(domain), version: toNumber(version) };
}

/** What the decoder cannot read although the skim could is damage all the same. It reads texts from a Buffer natively, and only that way as every reader does. */
function decodeMessage<T>({ source: { name: file } }: ReadContext, bytes: Uint8Array, message: { decode(bytes: Uint8Array): T }): T {
  try {
    return message.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch (cause) {
    throw new NibbleError('malformed', `${file} is damaged: a part of its structure cannot be decoded. Get the file again, or export the model again.`, { file }, { cause });
  }
}
