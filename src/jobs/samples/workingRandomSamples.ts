import { NibbleError } from '../../errors';
import type { ModelInput } from '../../graph/layer';
import type { ModelSession } from '../../runtime/session';
import { FREE_DIMENSIONS, randomSamples } from './random';
import type { SampleSet } from './sampleSet';

/** Random inputs of the first size that the model runs on, or why there are none. */
export async function workingRandomSamples(original: ModelSession, inputs: readonly ModelInput[]): Promise<SampleSet | string> {
  let first = '';
  for (const size of FREE_DIMENSIONS) {
    try {
      const samples = randomSamples(inputs, size);
      const [sample] = samples.read();
      await original.run(sample!.feeds);
      return samples;
    } catch (error) {
      if (NibbleError.is(error, 'runtime')) first ||= `The original model does not run on random inputs. ${error.message} Give sample inputs, or set the model's free dimensions.`;
      else if (NibbleError.is(error, 'invalid-samples')) first ||= error.message;
      else throw error;
    }
    if (!inputs.some(({ shape }) => shape?.some((dim) => typeof dim === 'string'))) break;
  }
  return first;
}
