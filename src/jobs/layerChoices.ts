import type { Analysis, Layer } from '../graph/layer';
import type { Plan } from '../plan/plan';
import { resolvePlan } from '../plan/resolve';
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
}

/** What a plan chooses for each layer of a model, decided as `quantize` decides it. Throws what `ModelFile.open` throws. */
export function layerChoices(path: string, plan: Plan): { readonly analysis: Analysis; readonly choices: readonly LayerChoice[] } {
  const file = ModelFile.open(path, plan.dimensions ?? {});
  try {
    const { analysis } = file;
    const resolved = resolvePlan(plan, analysis.layers);
    const decisions = new Decider(file).all(resolved, targetOf(plan));
    const choices = analysis.layers.flatMap((layer, index) => {
      if (layer.weights.length === 0) return [];
      const rule = resolved.rules[index]!;
      return [{ layer, scheme: resolved.schemes[index]!, rule: rule < 0 ? null : rule, refusal: refusalOf(layer, decisions) }];
    });
    return { analysis, choices };
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
