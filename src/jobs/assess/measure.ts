import { NibbleError } from '../../errors';
import { beyondReach } from '../../quant/reach';
import type { ModelFile } from '../modelFile';
import type { MeasurableScheme, WeightPort } from '../ports';
import { weightTask } from '../storedWeights';
import type { StoredWeight } from '../storedWeights';
import type { WeightError } from '../records';
import type { ErrorCache, Measured } from './errorCache';

/**
 * Measures one tensor under those of `schemes` that are not known yet, in one pass where possible, and remembers the
 * results. What cannot be measured is remembered with its reason. Rejects only with `cancelled`.
 */
export async function measureInto(cache: ErrorCache, file: ModelFile, weights: WeightPort, stored: StoredWeight, schemes: readonly MeasurableScheme[], signal: AbortSignal): Promise<void> {
  const missing = cache.missing(stored.key, schemes);
  if (missing.length === 0) return;
  try {
    const errors = await weights.measure(weightTask(stored, file.locate), missing, { signal });
    missing.forEach((scheme, index) => { cache.set(stored.key, scheme, judged(errors[index]!, scheme, stored)); });
  } catch (error) {
    if (NibbleError.is(error, 'cancelled')) throw error;
    if (missing.length === 1) {
      cache.set(stored.key, missing[0]!, { kind: 'impossible', reason: error instanceof Error ? error.message : String(error) });
      return;
    }
    // One scheme that is impossible (float16, say, for values beyond its range) must not hide the others.
    for (const scheme of missing) await measureInto(cache, file, weights, stored, [scheme], signal);
  }
}

/** Values that a format cannot reach come back as infinities. */
function judged(error: WeightError, { kind }: MeasurableScheme, { weight: { dataType } }: StoredWeight): Measured {
  return Number.isFinite(error.noise) ? { kind: 'error', error } : { kind: 'impossible', reason: beyondReach(kind, dataType) };
}
