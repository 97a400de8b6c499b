import { formatConflict } from '../../format/sharedConflict';
import type { Layer } from '../../graph/layer';
import { tensorByteLength } from '../../onnx/tensorData';
import type { ResolvedPlan } from '../../plan/resolve';
import { sqnrDb } from '../../quant/sqnr';
import type { Target } from '../../targets/target';
import type { Decisions } from '../decisions';
import type { ModelFile } from '../modelFile';
import type { AssessedActivations, AssessmentTotals, LayerAssessment, WeightError } from '../records';
import type { ErrorCache } from './errorCache';

/** A plan that has been applied to a model: what is known under it can be asked for again and again. */
export interface AppliedPlan {
  readonly target: Target;
  readonly resolved: ResolvedPlan;
  readonly decisions: Decisions;
  /** By layer; empty when the plan leaves activations float. */
  readonly activations: ReadonlyMap<number, AssessedActivations>;
}

/** What becomes of one stored tensor, as far as it is known. */
type Fate =
  | { readonly kind: 'kept'; readonly reason: string }
  | { readonly kind: 'converted'; readonly bytes: number; readonly error: WeightError | null };

/** Figures of a model under a plan, put together from what has been measured. Computes nothing on weights. */
export class LayerAssessor {
  readonly #fates = new Map<string, Fate>();
  /** Names of layers that got another scheme than they asked for, by tensor. */
  readonly #disputed: ReadonlyMap<string, string>;

  constructor(
    private readonly file: ModelFile,
    private readonly plan: AppliedPlan,
    private readonly cache: ErrorCache,
  ) {
    this.#disputed = new Map(plan.resolved.conflicts.map((conflict) => [conflict.key, formatConflict(conflict)]));
  }

  layer(layer: Layer): LayerAssessment {
    const { index, weightBytes } = layer;
    const scheme = this.plan.resolved.schemes[index]!;
    const activations = this.plan.activations.get(index);
    const record = (state: LayerAssessment['state'], reason = '', bytesAfter = weightBytes, error: WeightError | null = null): LayerAssessment => ({
      layer: index, scheme, state, reason, sqnrDb: error?.sqnrDb ?? null, maxError: error?.maxError ?? null, bytesBefore: weightBytes, bytesAfter, ...(activations === undefined ? {} : { activations }),
    });
    if (layer.weights.length === 0) return record('none');
    const reasons: string[] = [];
    const sum = new ErrorSum();
    let converted = 0;
    let bytesAfter = weightBytes;
    for (const { key } of layer.weights) {
      const fate = this.#fate(key);
      const reason = this.#reason(key, fate);
      if (reason !== '') reasons.push(reason);
      if (fate.kind === 'kept') continue;
      converted += 1;
      bytesAfter -= this.#saved(key, fate, index);
      if (fate.error !== null) sum.add(fate.error);
    }
    const reason = reasons.join('; ');
    if (converted === 0) return record(reason === '' ? 'float' : 'skipped', reason);
    return sum.count < converted ? record('pending', reason, bytesAfter) : record('computed', reason, bytesAfter, sum.result());
  }

  totals(): AssessmentTotals {
    const { weightBytes, parameters } = this.file.analysis.totals;
    let bytesAfter = weightBytes;
    let pending = 0;
    const sum = new ErrorSum();
    for (const { key, layers } of this.file.weights.values()) {
      const fate = this.#fate(key);
      if (fate.kind === 'kept') continue;
      bytesAfter -= this.#saved(key, fate, layers[0]!);
      if (fate.error === null) pending += 1;
      else sum.add(fate.error);
    }
    const { signal, noise } = sum.result();
    return {
      bytesBefore: weightBytes,
      bytesAfter,
      sqnrDb: sum.count === 0 ? null : sqnrDb(signal, noise),
      averageBits: parameters === 0 ? 0 : (8 * bytesAfter) / parameters,
      pending,
    };
  }

  #fate(key: string): Fate {
    const known = this.#fates.get(key);
    // Only a figure that is still missing can change.
    if (known && (known.kind === 'kept' || known.error !== null)) return known;
    const fate = this.#fateNow(key);
    this.#fates.set(key, fate);
    return fate;
  }

  #fateNow(key: string): Fate {
    const decision = this.plan.decisions.get(key)!;
    if (decision.kind === 'keep') return { kind: 'kept', reason: decision.reason };
    const measured = this.cache.get(key, decision.scheme);
    if (measured?.kind === 'impossible') return { kind: 'kept', reason: measured.reason };
    return { kind: 'converted', bytes: decision.bytes, error: measured?.error ?? null };
  }

  #reason(key: string, fate: Fate): string {
    if (fate.kind === 'kept' && fate.reason !== '') return fate.reason;
    return this.#disputed.get(key) ?? '';
  }

  /** Bytes that a tensor saves, at its first user; 0 for the others. */
  #saved(key: string, fate: Fate, layer: number): number {
    const { tensor, layers } = this.file.weights.get(key)!;
    return fate.kind === 'converted' && layers[0] === layer ? tensorByteLength(tensor) - fate.bytes : 0;
  }
}

/** Adds up the errors of several tensors. */
class ErrorSum {
  count = 0;
  #signal = 0;
  #noise = 0;
  #maxError = 0;

  add({ signal, noise, maxError }: WeightError): void {
    this.count += 1;
    this.#signal += signal;
    this.#noise += noise;
    this.#maxError = Math.max(this.#maxError, maxError);
  }

  result(): WeightError {
    return { signal: this.#signal, noise: this.#noise, maxError: this.#maxError, sqnrDb: sqnrDb(this.#signal, this.#noise) };
  }
}
