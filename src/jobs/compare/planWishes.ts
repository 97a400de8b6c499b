import type { Layer } from '../../graph/layer';
import type { Plan } from '../../plan/plan';
import { resolvePlan } from '../../plan/resolve';
import { formatOf } from '../../quant/scheme';
import type { WeightScheme } from '../../quant/scheme';
import { targetOf } from '../../targets/targets';
import { Decider } from '../decisions';
import type { ModelFile } from '../modelFile';
import type { StoredFormat, UnmetWish } from '../records';

/** What a plan asks for the layers of the model that it was made for, and what another file may lack of it. */
export class PlanWishes {
  readonly #schemes: readonly WeightScheme[];
  readonly #reasons: ReadonlyMap<string, string>;

  constructor(plan: Plan, file: ModelFile) {
    const resolved = resolvePlan(plan, file.analysis.layers);
    this.#schemes = resolved.schemes;
    const decisions = new Decider(file).all(resolved, targetOf(plan));
    this.#reasons = new Map([...decisions].flatMap(([key, decision]) => (decision.kind === 'keep' && decision.reason !== '' ? [[key, decision.reason]] : [])));
  }

  /** What the plan asks for a layer whose weights have this format in the other file; null when they have what it asks. */
  unmetBy(layer: Layer, found: StoredFormat | null): UnmetWish | null {
    if (layer.weights.length === 0) return null;
    const scheme = this.#schemes[layer.index]!;
    if (found !== null && isMet(scheme, found, layer)) return null;
    const reasons = layer.weights.map(({ key }) => this.#reasons.get(key) ?? '');
    return { scheme, reason: reasons.find((reason) => reason !== '') ?? '' };
  }
}

/** A plan that says float asks for nothing to be changed. Ranges leave no trace in a file. */
function isMet(scheme: WeightScheme, found: StoredFormat, { weights }: Layer): boolean {
  if (scheme.kind === 'float') return found.granularity === null && found.dataType === weights[0]!.dataType;
  if (scheme.kind === 'float16') return found.dataType === 'float16' && found.granularity === null;
  const { granularity } = found;
  if (granularity === null || found.bits !== scheme.bits || (found.symmetric !== null && found.symmetric !== scheme.symmetric)) return false;
  // Codes of packed operators are shifted, which changes their sign and not their numbers.
  if (found.dataType !== formatOf(scheme) && !(scheme.symmetric && found.symmetric === true)) return false;
  if (typeof granularity === 'object' || typeof scheme.granularity === 'object') return typeof granularity === 'object' && typeof scheme.granularity === 'object' && granularity.block === scheme.granularity.block;
  return granularity === scheme.granularity;
}
