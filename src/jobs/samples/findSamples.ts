import { readdirSync, statSync } from 'node:fs';
import type { Dirent, Stats } from 'node:fs';
import { extname, join, sep } from 'node:path';
import picomatch from 'picomatch';
import { NibbleError } from '../../errors';
import { readError } from '../files/fsErrors';
import { testDataInputs } from './testDataSet';

/** Where a group of samples is: a file of arrays, or a folder of serialized tensors that make up one sample. */
export type SampleLocation = { readonly kind: 'arrays' | 'test-data'; readonly path: string };

/** More files than this are not a set of samples but a folder chosen by mistake. */
export const MAX_SAMPLE_FILES = 100_000;

const LABEL_FILES = ['labels.npy', 'label.npy'];

/**
 * Finds the samples behind what a person names: a `.npz` or `.npy` file, a folder of them, a folder in the layout of
 * the ONNX test suite, a folder of such folders, or a glob. In the order of their names, numbers by value.
 * Throws `not-found` or `invalid-samples`.
 */
export function findSamples(path: string): { readonly locations: readonly SampleLocation[]; readonly labelFile: string | null } {
  const stats = statOf(path);
  if (stats?.isFile()) return { locations: [{ kind: 'arrays', path: checkExtension(path) }], labelFile: null };
  if (stats && !stats.isDirectory()) throw new NibbleError('invalid-samples', `${path} is a device or a pipe. Give a .npz or .npy file, or a folder of samples.`, { file: path });
  const paths = stats?.isDirectory() ? [path] : matches(path);
  const locations = paths.flatMap((candidate) => (isFolder(candidate) ? inFolder(candidate) : isArrayFile(candidate) ? [{ kind: 'arrays' as const, path: candidate }] : []));
  if (locations.length === 0) {
    throw new NibbleError(
      'invalid-samples',
      `${path} holds no samples. Give .npz files with one array per input, or folders with input_0.pb, input_1.pb, ….`,
      { file: path },
    );
  }
  if (locations.length > MAX_SAMPLE_FILES) {
    throw new NibbleError('limit', `${path} holds ${locations.length} sample files; at most ${MAX_SAMPLE_FILES} are taken.`, { file: path });
  }
  const labelFile = stats?.isDirectory() ? LABEL_FILES.map((name) => join(path, name)).find((file) => statOf(file)) : undefined;
  return { locations, labelFile: labelFile ?? null };
}

function inFolder(folder: string): readonly SampleLocation[] {
  if (testDataInputs(folder).length > 0) return [{ kind: 'test-data', path: folder }];
  return list(folder).flatMap((entry): readonly SampleLocation[] => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testDataInputs(path).length > 0 ? [{ kind: 'test-data', path }] : [];
    return isArrayFile(path) && !LABEL_FILES.includes(entry.name) ? [{ kind: 'arrays', path }] : [];
  });
}

/** Everything below the fixed part of a glob that matches it. */
function matches(pattern: string): readonly string[] {
  const { base, isGlob } = picomatch.scan(pattern.replaceAll(sep, '/'));
  if (!isGlob) throw new NibbleError('not-found', `The samples ${pattern} do not exist. Check the path.`, { file: pattern });
  const isMatch = picomatch(pattern.replaceAll(sep, '/'));
  const found: string[] = [];
  const pending = [base === '' ? '.' : base];
  for (let folder = pending.pop(); folder !== undefined && found.length <= MAX_SAMPLE_FILES; folder = pending.pop()) {
    for (const entry of list(folder)) {
      const path = folder === '.' ? entry.name : `${folder.replace(/\/$/, '')}/${entry.name}`;
      if (isMatch(path)) found.push(path);
      else if (entry.isDirectory()) pending.push(path);
    }
  }
  return found.sort(byName);
}

function list(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => byName(a.name, b.name));
  } catch (error) {
    throw readError(error, folder);
  }
}

const { compare } = new Intl.Collator('en', { numeric: true });

function byName(a: string, b: string): number {
  return compare(a, b);
}

/** What is there; undefined when nothing is. Throws `unreadable` for what cannot be looked at, such as a link to itself. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw readError(error, path);
  }
}

function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() ?? false;
}

function isArrayFile(path: string): boolean {
  return ['.npz', '.npy'].includes(extname(path).toLowerCase());
}

function checkExtension(path: string): string {
  if (isArrayFile(path)) return path;
  throw new NibbleError('invalid-samples', `${path} is not a file of samples. Give a .npz or .npy file, or a folder of samples.`, { file: path });
}
