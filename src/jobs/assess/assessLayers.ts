import type { Layer } from '../../graph/layer';
import { tensorByteLength } from '../../onnx/tensorData';
import type { ResolvedPlan } from '../../plan/resolve';
import { schemeKey } from '../../quant/scheme';
import { sqnrDb } from '../../quant/sqnr';
import type { Target } from '../../targets/target';
import type { Decisions } from '../decisions';
import type { ModelFile } from '../modelFile';
import type { AssessmentTotals, LayerAssessment, WeightError } from '../records';
import type { ErrorCache } from './errorCache';

/** A plan that has been applied to a model: what is known under it can be asked for again and again. */
export interface AppliedPlan {
  readonly target: Target;
  readonly resolved: ResolvedPlan;
  readonly decisions: Decisions;
}

/** What becomes of one stored tensor, as far as it is known. */
type Fate =
  | { readonly kind: 'kept'; readonly reason: string }
  | { readonly kind: 'converted'; readonly bytes: number; readonly error: WeightError | null };

/** Figures of a model under a plan, put together from what has been measured. Computes nothing on weights. */
export class LayerAssessor {
  /** Names of layers that got another scheme than they asked for, by tensor. */
  readonly #disputed: ReadonlyMap<string, string>;

  constructor(
    private readonly file: ModelFile,
    private readonly plan: AppliedPlan,
    private readonly cache: ErrorCache,
  ) {
    this.#disputed = new Map(plan.resolved.conflicts.map(({ key, tensor, layers, chosen }) => [key, `"${tensor}" is shared by ${layers.join(', ')}, which ask for different formats; the most precise one, ${schemeKey(chosen)}, is used`]));
  }

  layer(layer: Layer): LayerAssessment {
    const scheme = this.plan.resolved.schemes[layer.index]!;
    const record = { layer: layer.index, scheme, bytesBefore: layer.weightBytes, bytesAfter: layer.weightBytes, reason: '', sqnrDb: null, maxError: null };
    if (layer.weights.length === 0) return { ...record, state: 'none' };
    const fates = layer.weights.map(({ key }) => ({ key, fate: this.#fate(key) }));
    const reason = fates.map(({ key, fate }) => this.#reason(key, fate)).filter((text) => text !== '').join('; ');
    const converted = fates.flatMap(({ fate }) => (fate.kind === 'converted' ? [fate] : []));
    if (converted.length === 0) return { ...record, state: reason === '' ? 'float' : 'skipped', reason };
    const bytesAfter = layer.weightBytes - fates.reduce((saved, { key, fate }) => saved + this.#saved(key, fate, layer.index), 0);
    const errors = converted.flatMap(({ error }) => error ?? []);
    if (errors.length < converted.length) return { ...record, state: 'pending', reason, bytesAfter };
    const { signal, noise, maxError } = sum(errors);
    return { ...record, state: 'computed', reason, bytesAfter, sqnrDb: sqnrDb(signal, noise), maxError };
  }

  totals(): AssessmentTotals {
    const { totals } = this.file.analysis;
    let saved = 0;
    let pending = 0;
    const errors: WeightError[] = [];
    for (const { key, layers } of this.file.weights.values()) {
      const fate = this.#fate(key);
      saved += this.#saved(key, fate, layers[0]!);
      if (fate.kind !== 'converted') continue;
      if (fate.error === null) pending += 1;
      else errors.push(fate.error);
    }
    const bytesAfter = totals.weightBytes - saved;
    const { signal, noise } = sum(errors);
    return {
      bytesBefore: totals.weightBytes,
      bytesAfter,
      sqnrDb: errors.length === 0 ? null : sqnrDb(signal, noise),
      averageBits: totals.parameters === 0 ? 0 : (8 * bytesAfter) / totals.parameters,
      pending,
    };
  }

  #fate(key: string): Fate {
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

function sum(errors: readonly WeightError[]): { readonly signal: number; readonly noise: number; readonly maxError: number } {
  return errors.reduce((total, { signal, noise, maxError }) => ({ signal: total.signal + signal, noise: total.noise + noise, maxError: Math.max(total.maxError, maxError) }), { signal: 0, noise: 0, maxError: 0 });
}
