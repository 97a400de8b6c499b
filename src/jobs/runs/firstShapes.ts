import { NibbleError } from '../../errors';
import { loadSamples } from '../samples/loadSamples';
import { randomSamples } from '../samples/random';
import type { RunInputs } from './runRequest';

/** Shape of each input in the first sample, by name; none where random samples cannot be made. Throws `invalid-samples`. */
export function firstShapes({ inputs, samples }: RunInputs): Readonly<Record<string, readonly number[]>> {
  try {
    const [first] = (samples === null ? randomSamples(inputs) : loadSamples(samples, inputs)).read();
    return Object.fromEntries([...(first?.feeds ?? [])].map(([name, { dims }]) => [name, dims]));
  } catch (error) {
    // What keeps random samples from being made is told, with what to do, when the model is to be run on them.
    if (samples === null && NibbleError.is(error, 'invalid-samples')) return {};
    throw error;
  }
}
