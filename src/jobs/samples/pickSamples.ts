import type { Sample, SampleSet } from './sampleSet';

/** At most `count` samples, spread evenly over a set, whose order often is that of its classes. */
export function* pickSamples(samples: SampleSet, count: number): Generator<Sample> {
  const every = Math.max(1, Math.floor(samples.expected / count));
  let index = 0;
  let picked = 0;
  for (const sample of samples.read()) {
    if (index % every === 0) {
      yield sample;
      picked += 1;
      if (picked === count) return;
    }
    index += 1;
  }
}
