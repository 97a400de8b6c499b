import { schemeKey } from '../../quant/scheme';
import type { ModelFile } from '../modelFile';
import type { MeasurableScheme, WeightPort } from '../ports';
import type { StoredWeight } from '../storedWeights';
import type { ErrorCache } from './errorCache';
import { measureInto } from './measure';

/** A tensor to be measured under some schemes. */
export interface MeasureWish {
  readonly stored: StoredWeight;
  readonly schemes: readonly MeasurableScheme[];
}

/** Tensors measured at once: enough to keep a few workers busy, few enough that a new wish comes first soon. */
const IN_FLIGHT = 4;

/**
 * Measures in the background, in the order of the newest list of wishes. A new list does not stop what is being
 * measured, since its result stays useful, but decides what comes next.
 */
export class MeasureQueue {
  readonly #stop = new AbortController();
  #wishes: Iterator<MeasureWish> = [][Symbol.iterator]();
  #onMeasured: (key: string) => void = () => undefined;
  #running = 0;
  /** Tensor and scheme of everything that is being measured. */
  readonly #busy = new Set<string>();

  constructor(
    private readonly cache: ErrorCache,
    private readonly file: ModelFile,
    private readonly weights: WeightPort,
  ) {}

  /** Replaces the wishes. They are asked for one by one, so that a long list costs nothing before its turn. */
  follow(wishes: Iterable<MeasureWish>, onMeasured: (key: string) => void): void {
    this.#wishes = wishes[Symbol.iterator]();
    this.#onMeasured = onMeasured;
    while (this.#running < IN_FLIGHT && this.#startNext());
  }

  close(): void {
    this.#wishes = [][Symbol.iterator]();
    this.#stop.abort();
  }

  #startNext(): boolean {
    for (let next = this.#wishes.next(); next.done !== true; next = this.#wishes.next()) {
      const { stored } = next.value;
      const schemes = this.cache.missing(stored.key, next.value.schemes).filter((scheme) => !this.#busy.has(busyKey(stored, scheme)));
      if (schemes.length === 0) continue;
      this.#running += 1;
      void this.#measure(stored, schemes);
      return true;
    }
    return false;
  }

  async #measure(stored: StoredWeight, schemes: readonly MeasurableScheme[]): Promise<void> {
    const keys = schemes.map((scheme) => busyKey(stored, scheme));
    keys.forEach((key) => this.#busy.add(key));
    try {
      await measureInto(this.cache, this.file, this.weights, stored, schemes, this.#stop.signal);
      this.#onMeasured(stored.key);
    } catch {
      // Only cancelling gets here, and then nobody waits for the result.
    } finally {
      keys.forEach((key) => this.#busy.delete(key));
      this.#running -= 1;
      if (!this.#stop.signal.aborted) this.#startNext();
    }
  }
}

function busyKey({ key }: StoredWeight, scheme: MeasurableScheme): string {
  return `${schemeKey(scheme)} ${key}`;
}
