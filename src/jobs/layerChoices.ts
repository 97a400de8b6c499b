import type { Analysis, Layer } from '../graph/layer';
import { formatConflict } from '../format/sharedConflict';
import type { Plan } from '../plan/plan';
import { resolvePlan } from '../plan/resolve';
import type { ResolvedPlan, SharedConflict } from '../plan/resolve';
import { schemeKey } from '../quant/scheme';
import type { WeightScheme } from '../quant/scheme';
import { targetOf } from '../targets/targets';
import { Decider } from './decisions';
import type { Decisions } from './decisions';
import { ModelFile } from './modelFile';

/** What a plan chooses for one layer that has weights. */
export interface LayerChoice {
  readonly layer: Layer;
  readonly scheme: WeightScheme;
  /** Position of the rule that decided; null for the default. */
  readonly rule: number | null;
  /** Why the layer stays float although the plan says otherwise, as a part of a sentence; ''. */
  readonly refusal: string;
  /** Why it gets another format than it is asked to have, as a sentence without its full stop; ''. */
  readonly shared: string;
}

export interface LayerChoices extends Pick<ResolvedPlan, 'conflicts'> {
  readonly analysis: Analysis;
  readonly choices: readonly LayerChoice[];
}

/** What a plan chooses for each layer of a model, decided as `quantize` decides it. Throws what `ModelFile.open` throws. */
export function layerChoices(path: string, plan: Plan): LayerChoices {
  const file = ModelFile.open(path, plan.dimensions ?? {});
  try {
    const { analysis } = file;
    const resolved = resolvePlan(plan, analysis.layers);
    const decisions = new Decider(file).all(resolved, targetOf(plan));
    const conflicts = new Map(resolved.conflicts.map((conflict) => [conflict.key, conflict]));
    const choices = analysis.layers.flatMap((layer, index) => {
      if (layer.weights.length === 0) return [];
      const rule = resolved.rules[index]!;
      const scheme = resolved.schemes[index]!;
      return [{ layer, scheme, rule: rule < 0 ? null : rule, refusal: refusalOf(layer, decisions), shared: overruled(layer, scheme, conflicts) }];
    });
    return { analysis, choices, conflicts: resolved.conflicts };
  } finally {
    file.close();
  }
}

/** A layer with several tensors has its scheme as soon as one of them has it. */
function refusalOf({ weights }: Layer, decisions: Decisions): string {
  const reasons = weights.map(({ key }) => {
    const decision = decisions.get(key);
    return decision?.kind === 'keep' ? decision.reason : '';
  });
  return reasons.includes('') ? '' : reasons[0]!;
}

/** What overrules a layer's own scheme for one of its tensors. */
function overruled({ weights }: Layer, scheme: WeightScheme, conflicts: ReadonlyMap<string, SharedConflict>): string {
  const conflict = weights.map(({ key }) => conflicts.get(key)).find((found) => found !== undefined && schemeKey(found.chosen) !== schemeKey(scheme));
  return conflict === undefined ? '' : formatConflict(conflict);
}
