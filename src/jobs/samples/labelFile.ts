import { extname } from 'node:path';
import { NibbleError } from '../../errors';
import type { TensorValue } from '../../runtime/tensorValue';
import { readArrayFile, readSampleFile } from './arrayFile';
import { numberAt } from './convert';

/** The right class of each sample, from a `.npy` file, or a text file with one number on each line. Throws `not-found`, `unreadable`, `limit` or `invalid-samples`. */
export function readLabels(path: string): readonly number[] {
  if (extname(path).toLowerCase() === '.npy') return labelsOf([...readArrayFile(path).values()][0]!);
  const lines = new TextDecoder().decode(readSampleFile(path)).split('\n').map((line) => line.trim());
  while (lines.at(-1) === '') lines.pop();
  return lines.map((line, index) => {
    if (!/^\d+$/.test(line)) throw new NibbleError('invalid-samples', `${path}:${index + 1}: a label is the number of a class, from 0; this line is none.`, { file: path });
    return Number(line);
  });
}

/** Labels that an array holds. */
export function labelsOf(array: TensorValue): readonly number[] {
  return Array.from({ length: array.data.length }, (_, index) => numberAt(array, index));
}
