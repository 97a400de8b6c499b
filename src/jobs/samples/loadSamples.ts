import { basename } from 'node:path';
import { NibbleError } from '../../errors';
import type { ModelInput } from '../../graph/layer';
import type { TensorValue } from '../../runtime/tensorValue';
import { readArrayFile } from './arrayFile';
import { convertTensor } from './convert';
import { findSamples } from './findSamples';
import type { SampleLocation } from './findSamples';
import { labelsOf, readLabels } from './labelFile';
import { rowLayout, takeRow } from './rows';
import type { RowLayout } from './rows';
import type { Sample, SampleSet } from './sampleSet';
import { readTensorFile, testDataInputs } from './testDataSet';

/** Names under which an archive may hold the right class of each sample. */
const LABEL_NAMES = ['labels', 'label'];

/** Enough for an accuracy good to a fraction of a percent; more would only take longer. */
export const MAX_SAMPLES = 10_000;

/**
 * Sample inputs from files: see `findSamples` for the places and `rowLayout` for the shapes. Arrays are matched to
 * inputs by name; where a model has one input and a file one array, the name does not matter. The first file is read
 * at once, so that a wrong choice is told before any work is done.
 * Throws `not-found`, `invalid-samples` or `limit`.
 * @param labels a file with the right class of each sample, which wins over those beside or among the samples.
 */
export function loadSamples(path: string, inputs: readonly ModelInput[], labels: string | null = null): SampleSet {
  const { locations, labelFile } = findSamples(path);
  const given = labels === null ? null : readLabels(labels);
  const fileLabels = labelFile === null ? null : readLabels(labelFile);
  const first = readGroup(locations[0]!, inputs, locations.length === 1 ? fileLabels : null);
  return {
    source: 'samples',
    expected: Math.min(first.count * locations.length, MAX_SAMPLES),
    notes: first.notes,
    *read() {
      let index = 0;
      for (const [position, location] of locations.entries()) {
        const group = position === 0 ? first : readGroup(location, inputs, null);
        for (let row = 0; row < group.count; row += 1) {
          if (index >= MAX_SAMPLES) return;
          const { name, feeds, label } = group.get(row);
          yield { name, feeds, label: given === null ? (label ?? fileLabels?.[index] ?? null) : (given[index] ?? null) };
          index += 1;
        }
      }
      if (given !== null && given.length !== index) throw invalid(labels!, `there are ${given.length} labels for ${index} samples`);
    },
  };
}

interface SampleGroup {
  readonly count: number;
  readonly notes: readonly string[];
  get(row: number): Sample;
}

/** All samples of one location. `labels` are those of a file beside it. */
function readGroup(location: SampleLocation, inputs: readonly ModelInput[], labels: readonly number[] | null): SampleGroup {
  const arrays = location.kind === 'arrays' ? readArrayFile(location.path) : readTestData(location.path, inputs);
  const labelName = LABEL_NAMES.find((name) => arrays.has(name) && !inputs.some((input) => input.name === name));
  const ownLabels = labelName === undefined ? labels : labelsOf(arrays.get(labelName)!);
  const values = inputs.map((input) => matchInput(input, inputs, arrays, labelName, ownLabels?.length ?? null, location.path));

  const counts = new Map(values.flatMap(({ input, layout }) => (layout.kind === 'rows' ? [[layout.rows, input.name]] : [])));
  if (counts.size > 1) {
    const said = [...counts].map(([count, name]) => `"${name}" has ${count}`).join(', ');
    throw invalid(location.path, `its arrays hold different numbers of samples: ${said}`);
  }
  const count = [...counts.keys()][0] ?? 1;
  if (ownLabels !== null && labelName !== undefined && ownLabels.length !== count) {
    throw invalid(location.path, `it has ${ownLabels.length} labels for ${count} samples`);
  }
  const used = new Set([...values.map(({ arrayName }) => arrayName), labelName]);
  const unused = [...arrays.keys()].filter((name) => !used.has(name));
  return {
    count,
    notes: unused.length === 0 ? [] : [`${location.path} also holds ${unused.map((name) => `"${name}"`).join(', ')}, which no input of the model takes.`],
    get: (row) => ({
      name: count === 1 ? basename(location.path) : `${basename(location.path)}[${row}]`,
      feeds: new Map(values.map(({ input, array, layout }) => [input.name, takeRow(array, layout, row)])),
      label: ownLabels?.[row] ?? null,
    }),
  };
}

interface MatchedInput {
  readonly input: ModelInput;
  readonly arrayName: string;
  readonly array: TensorValue;
  readonly layout: RowLayout;
}

function matchInput(
  input: ModelInput,
  inputs: readonly ModelInput[],
  arrays: ReadonlyMap<string, TensorValue>,
  labelName: string | undefined,
  labelCount: number | null,
  file: string,
): MatchedInput {
  const names = [...arrays.keys()].filter((name) => name !== labelName);
  const arrayName = arrays.has(input.name) ? input.name : inputs.length === 1 && names.length === 1 ? names[0]! : undefined;
  if (arrayName === undefined) {
    const there = names.length === 0 ? 'no arrays' : `arrays named ${names.map((name) => `"${name}"`).join(', ')}`;
    throw invalid(file, `it has ${there}, but the model's input is called "${input.name}"`, input.name);
  }
  const array = arrays.get(arrayName)!;
  const layout = rowLayout(input, array, labelCount);
  if (layout === null) {
    throw invalid(file, `"${arrayName}" has the shape ${shapeText(array.dims)}, but the model's input "${input.name}" takes ${shapeText(input.shape ?? [])}`, input.name);
  }
  const converted = convertTensor(array, input.dataType);
  if (typeof converted === 'string') throw invalid(file, `"${arrayName}" does not fit input "${input.name}": ${converted}`, input.name);
  return { input, arrayName, array: converted, layout };
}

/** Tensors of the ONNX test suite go by position; a name that is an input's name wins. */
function readTestData(folder: string, inputs: readonly ModelInput[]): ReadonlyMap<string, TensorValue> {
  const known = new Set(inputs.map(({ name }) => name));
  return new Map(
    testDataInputs(folder).map(({ position, path }) => {
      const { name, value } = readTensorFile(path);
      return [known.has(name) ? name : (inputs[position]?.name ?? name), value];
    }),
  );
}

function shapeText(dims: readonly (number | string)[]): string {
  return dims.length === 0 ? 'of a scalar' : dims.map((dim) => (dim === '' ? '?' : dim)).join(' × ');
}

function invalid(file: string, why: string, tensor?: string): NibbleError {
  return new NibbleError('invalid-samples', `The samples in ${file} do not fit the model: ${why}.`, tensor === undefined ? { file } : { file, tensor });
}
