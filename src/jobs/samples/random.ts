import { NibbleError } from '../../errors';
import type { ModelInput } from '../../graph/layer';
import { isFloatingPoint } from '../../onnx/dtypes';
import { elementCount } from '../../runtime/tensorValue';
import type { TensorValue } from '../../runtime/tensorValue';
import { allocate, setNumber } from './convert';
import { countsSamples } from './rows';
import type { SampleSet } from './sampleSet';

/** Random inputs say little about a model, so a few are enough to notice that an output moved. */
const RANDOM_SAMPLES = 4;

/**
 * Sizes to try, in this order, for dimensions that neither the model nor the person fixes. 64 suits most images and
 * sequences, 1 models with loops or single steps, the larger ones models that window or shrink their input a lot.
 */
export const FREE_DIMENSIONS: readonly number[] = [64, 1, 512, 4096];

/** A model that wants more than this as one input needs samples from a person. */
export const MAX_RANDOM_ELEMENTS = 2 ** 28;

/** An input whose size is only a guess stays below this: a guess must not make a model compute for minutes. */
export const MAX_GUESSED_ELEMENTS = 2 ** 20;

/**
 * Inputs drawn from a generator with a fixed seed: the same on every machine and in every run. Floating point from the
 * standard normal distribution; integers and booleans 0 or 1, which stay inside every embedding table.
 * Throws `invalid-samples` when an input has no size or no numeric type.
 * @param freeSize what dimensions get that nobody fixes, but for those that count samples, which get 1.
 */
export function randomSamples(inputs: readonly ModelInput[], freeSize = FREE_DIMENSIONS[0]!): SampleSet {
  const sizes = freeSizes(inputs, freeSize);
  const shapes = inputs.map((input) => ({ input, dims: dimsOf(input, sizes) }));
  const made = [...sizes].map(([name, size]) => `${name === '' ? 'unnamed dimensions' : name} = ${size}`);
  return {
    source: 'random',
    expected: RANDOM_SAMPLES,
    notes: made.length === 0 ? [] : [`The random inputs were made with ${made.join(', ')}. Set these dimensions to run the model at another size.`],
    *read() {
      for (let sample = 0; sample < RANDOM_SAMPLES; sample += 1) {
        const feeds = shapes.map(({ input, dims }, position) => [input.name, randomTensor(input, dims, sample * inputs.length + position + 1)] as const);
        yield { name: `random ${sample + 1}`, feeds: new Map(feeds), label: null };
      }
    },
  };
}

/** The size of each dimension that is only a name, the same wherever the name stands. */
function freeSizes(inputs: readonly ModelInput[], freeSize: number): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { shape } of inputs) {
    shape?.forEach((dim, axis) => {
      if (typeof dim === 'string' && sizes.get(dim) !== 1) sizes.set(dim, axis === 0 && countsSamples(dim) ? 1 : freeSize);
    });
  }
  return sizes;
}

function dimsOf(input: ModelInput, sizes: ReadonlyMap<string, number>): readonly number[] {
  if (input.shape === null) throw unusable(input, 'the model does not say its shape');
  const dims = input.shape.map((dim) => (typeof dim === 'number' ? dim : sizes.get(dim)!));
  const most = input.shape.some((dim) => typeof dim === 'string' && sizes.get(dim) !== 1) ? MAX_GUESSED_ELEMENTS : MAX_RANDOM_ELEMENTS;
  if (elementCount(dims) > most) throw unusable(input, `its shape ${dims.join(' × ')} is too large to make up`);
  if (allocate(input.dataType, 0) === null) throw unusable(input, `values of type ${input.dataType} cannot be made up`);
  return dims;
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
