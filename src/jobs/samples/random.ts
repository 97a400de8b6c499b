import { NibbleError } from '../../errors';
import type { ModelInput } from '../../graph/layer';
import { isFloatingPoint } from '../../onnx/dtypes';
import { elementCount } from '../../runtime/tensorValue';
import type { TensorValue } from '../../runtime/tensorValue';
import { allocate, setNumber } from './convert';
import type { SampleSet } from './sampleSet';

/** Random inputs say little about a model, so a few are enough to notice that an output moved. */
const RANDOM_SAMPLES = 4;

/** The size of a dimension that neither the model nor the person fixes. */
const FREE_DIMENSION = 1;

/** A model that wants more than this as one input needs samples from a person. */
export const MAX_RANDOM_ELEMENTS = 2 ** 28;

/**
 * Inputs drawn from a generator with a fixed seed: the same on every machine and in every run. Floating point from the
 * standard normal distribution; integers and booleans 0 or 1, which stay inside every embedding table.
 * Throws `invalid-samples` when an input has no size or no numeric type.
 */
export function randomSamples(inputs: readonly ModelInput[]): SampleSet {
  const shapes = inputs.map((input) => ({ input, dims: dimsOf(input) }));
  return {
    source: 'random',
    expected: RANDOM_SAMPLES,
    notes: shapes.flatMap(({ input }) => freeDimensionNote(input)),
    *read() {
      for (let sample = 0; sample < RANDOM_SAMPLES; sample += 1) {
        const feeds = shapes.map(({ input, dims }, position) => [input.name, randomTensor(input, dims, sample * inputs.length + position + 1)] as const);
        yield { feeds: new Map(feeds), label: null };
      }
    },
  };
}

function dimsOf(input: ModelInput): readonly number[] {
  if (input.shape === null) throw unusable(input, 'the model does not say its shape');
  const dims = input.shape.map((dim) => (typeof dim === 'number' ? dim : FREE_DIMENSION));
  if (elementCount(dims) > MAX_RANDOM_ELEMENTS) throw unusable(input, `its shape ${dims.join(' × ')} is too large to make up`);
  if (allocate(input.dataType, 0) === null) throw unusable(input, `values of type ${input.dataType} cannot be made up`);
  return dims;
}

function freeDimensionNote(input: ModelInput): readonly string[] {
  const free = [...new Set((input.shape ?? []).filter((dim): dim is string => typeof dim === 'string'))];
  if (free.length === 0) return [];
  const names = free.map((name) => (name === '' ? 'an unnamed dimension' : name)).join(', ');
  return [`Random values for input "${input.name}" were made with ${names} = ${FREE_DIMENSION}. Set the dimension to run the model at another size.`];
}

function randomTensor(input: ModelInput, dims: readonly number[], seed: number): TensorValue {
  const count = elementCount(dims);
  const data = allocate(input.dataType, count)!;
  const uniform = mulberry32(seed);
  const floating = isFloatingPoint(input.dataType);
  for (let index = 0; index < count; index += 1) setNumber(data, input.dataType, index, floating ? normal(uniform) : Math.floor(uniform() * 2));
  return { dataType: input.dataType, dims, data };
}

/** Tommy Ettinger's mulberry32: a generator with 32 bits of state; numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One number of the standard normal distribution (Box and Muller). */
function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

function unusable(input: ModelInput, why: string): NibbleError {
  return new NibbleError('invalid-samples', `Random values for input "${input.name}" cannot be made: ${why}. Give sample inputs instead.`, { tensor: input.name });
}
