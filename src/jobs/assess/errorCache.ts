import { schemeKey } from '../../quant/scheme';
import type { MeasurableScheme } from '../ports';
import type { WeightError } from '../records';

/** The error of a tensor under a scheme, or why it has none, as a part of a sentence. */
export type Measured = { readonly kind: 'error'; readonly error: WeightError } | { readonly kind: 'impossible'; readonly reason: string };

/** What has been measured of a model's tensors. A plan can change back and forth without measuring again. */
export class ErrorCache {
  readonly #known = new Map<string, Map<string, Measured>>();

  get(key: string, scheme: MeasurableScheme): Measured | undefined {
    return this.#known.get(key)?.get(schemeKey(scheme));
  }

  set(key: string, scheme: MeasurableScheme, measured: Measured): void {
    const ofTensor = this.#known.get(key) ?? new Map<string, Measured>();
    this.#known.set(key, ofTensor.set(schemeKey(scheme), measured));
  }

  /** Those of `schemes` that have not been measured yet. */
  missing(key: string, schemes: readonly MeasurableScheme[]): readonly MeasurableScheme[] {
    const ofTensor = this.#known.get(key);
    return ofTensor === undefined ? schemes : schemes.filter((scheme) => !ofTensor.has(schemeKey(scheme)));
  }
}
