import { throwIfCancelled } from '../errors';
import { bitsPerElement } from '../onnx/dtypes';
import type { Tensor } from '../onnx/model';
import { tensorByteLength } from '../onnx/tensorData';
import type { ElementReader } from './codeFacts';

/** Smaller tensors are not worth a word: a page of a file is larger. */
export const MIN_COPY_BYTES = 1024;

/** Different contents that are told apart among tensors of one size whose samples agree; more are not a sign of copies. */
const MAX_CLASSES = 8;

/** Places of a tensor that are compared before all of it is. */
const SAMPLES = 16;
const SAMPLE_BYTES = 64;
const CHUNK_BYTES = 2 ** 20;

/**
 * Finds tensors that hold the same elements, each group with the first one first. Ranges of external data that tensors
 * share are stored once. A tensor whose bytes are all the same is no copy of another: it is filled with one number.
 */
export async function findCopies(tensors: readonly Tensor[], reader: ElementReader, signal: AbortSignal): Promise<readonly (readonly Tensor[])[]> {
  const bySize = new Map<string, Tensor[]>();
  for (const tensor of tensors) {
    if (tensor.storage.kind === 'strings' || tensorByteLength(tensor) < MIN_COPY_BYTES) continue;
    const key = `${tensor.dataType} ${tensor.dims.join('×')}`;
    const same = bySize.get(key);
    if (same) same.push(tensor);
    else bySize.set(key, [tensor]);
  }
  const groups: Tensor[][] = [];
  for (const same of bySize.values()) {
    if (same.length > 1) groups.push(...(await copiesAmong(same, reader, signal)));
  }
  return groups;
}

async function copiesAmong(tensors: readonly Tensor[], reader: ElementReader, signal: AbortSignal): Promise<readonly Tensor[][]> {
  const bySample = new Map<string, Tensor[]>();
  for (const tensor of tensors) {
    throwIfCancelled(signal);
    const sample = await sampleOf(tensor, reader);
    const same = bySample.get(sample);
    if (same) same.push(tensor);
    else bySample.set(sample, [tensor]);
  }
  const found: Tensor[][] = [];
  for (const same of bySample.values()) {
    const classes: Tensor[][] = [];
    for (const tensor of same.length > 1 ? same : []) {
      const group = await findClass(classes, tensor, reader, signal);
      if (group) group.push(tensor);
      else if (classes.length < MAX_CLASSES) classes.push([tensor]);
    }
    for (const group of classes) if (group.length > 1 && !(await isUniform(group[0]!, reader, signal))) found.push(group);
  }
  return found;
}

async function findClass(classes: readonly Tensor[][], tensor: Tensor, reader: ElementReader, signal: AbortSignal): Promise<Tensor[] | null> {
  for (const group of classes) if (await areEqual(group[0]!, tensor, reader, signal)) return group;
  return null;
}

async function sampleOf(tensor: Tensor, reader: ElementReader): Promise<string> {
  const length = tensorByteLength(tensor);
  const parts: string[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const offset = Math.floor((sample * (length - SAMPLE_BYTES)) / (SAMPLES - 1));
    parts.push(String.fromCharCode(...(await reader.read(tensor, offset, SAMPLE_BYTES))));
  }
  return parts.join('');
}

async function areEqual(a: Tensor, b: Tensor, reader: ElementReader, signal: AbortSignal): Promise<boolean> {
  if (isSamePlace(a, b)) return false;
  const length = tensorByteLength(a);
  for (let offset = 0; offset < length; offset += CHUNK_BYTES) {
    throwIfCancelled(signal);
    const step = Math.min(CHUNK_BYTES, length - offset);
    const first = (await reader.read(a, offset, step)).slice();
    const second = await reader.read(b, offset, step);
    for (let index = 0; index < step; index += 1) if (first[index] !== second[index]) return false;
  }
  return true;
}

/** True when all elements are the same number. */
export async function isUniform(tensor: Tensor, reader: ElementReader, signal: AbortSignal): Promise<boolean> {
  const length = tensorByteLength(tensor);
  const period = Math.max(1, bitsPerElement(tensor.dataType) / 8);
  const first = (await reader.read(tensor, 0, period)).slice();
  for (let offset = 0; offset < length; offset += CHUNK_BYTES) {
    throwIfCancelled(signal);
    const bytes = await reader.read(tensor, offset, Math.min(CHUNK_BYTES, length - offset));
    for (let index = 0; index < bytes.length; index += 1) if (bytes[index] !== first[index % period]) return false;
  }
  return true;
}

function isSamePlace({ storage: a }: Tensor, { storage: b }: Tensor): boolean {
  return a.kind === 'external' && b.kind === 'external' && a.location === b.location && a.offset === b.offset;
}
