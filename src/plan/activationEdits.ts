import type { Layer } from '../graph/layer';
import type { ActivationFormat } from '../quant/activationFormat';
import { plannedActivations, resolveFloatActivations } from './activations';
import { inlineJson } from './containerEdit';
import { coverLayers } from './cover';
import { targetPositions } from './edits';
import { matcherOf } from './layerMatcher';
import { parsePlan, readPlan } from './parsePlan';
import type { EditTarget, Plan } from './plan';
import { appendRules, checkedEdit, dropFromRules, sameNameError, setDefault, setNested, THE_PLAN } from './planText';
import { editBetween, type TextEdit } from './textChange';

/**
 * Sets what activations become; 'float' says nothing about them any more. Rules that keep single layers float stay.
 * @param samples what to find ranges on, as the plan says it; left out: what it says now.
 */
export function setActivations(text: string, format: ActivationFormat | 'float', samples?: string): TextEdit {
  const planned = plannedActivations(format);
  const chosen = setDefault(text, 'activations', planned === 'float' ? null : inlineJson(planned));
  return checkedEdit(text, samples === undefined ? chosen : setNested(chosen, 'calibration', 'samples', JSON.stringify(samples)));
}

/** Sets the samples of the plan; null: none. */
export function setSamples(text: string, samples: string | null): TextEdit {
  return checkedEdit(text, setNested(text, 'calibration', 'samples', samples === null ? null : JSON.stringify(samples)));
}

/**
 * Keeps the activations of layers float, or lets them be what the default says again. What other layers get never changes: a glob
 * that matches others too is replaced by rules for those. Layers without weights count when they are products of two activations.
 */
export function setFloatActivations(text: string, layers: readonly Layer[], target: EditTarget, float: boolean): TextEdit {
  const plan = readPlan(text, THE_PLAN);
  const concerned = new Set(layers.flatMap((layer, position) => (isConcerned(layer) ? [position] : [])));
  const chosen = new Set(targetPositions(target, layers).filter((position) => concerned.has(position)));
  const before = resolveFloatActivations(plan, layers);
  const wanted = new Set([...concerned].filter((position) => (chosen.has(position) ? float : before.has(position))));
  const isWanted = (candidate: string): boolean => {
    const after = parsePlan(candidate).plan;
    if (!after) return false;
    const now = resolveFloatActivations(after, layers);
    return [...concerned].every((position) => now.has(position) === wanted.has(position));
  };
  if (isWanted(text)) return editBetween(text, text);

  const base = dropFromRules(text, plan, supersededRules(plan, layers, concerned, chosen, float), 'activations');
  const said = resolveFloatActivations(readPlan(base, THE_PLAN), layers);
  const needed = new Set([...wanted].filter((position) => !said.has(position)));
  const names = [...needed].map((position) => layers[position]!.name);
  for (const matches of [coverLayers(needed, wanted, layers), names]) {
    const candidate = appendRules(base, matches.map((match) => `{ "match": ${JSON.stringify(match)}, "activations": "float" }`));
    if (isWanted(candidate)) return editBetween(text, candidate);
  }
  const [name] = [...chosen].map((position) => layers[position]!.name);
  throw sameNameError(name);
}

/** Whether a word about activations can mean a layer: it multiplies. */
function isConcerned({ op, weights }: Layer): boolean {
  return weights.length > 0 || op === 'MatMul';
}

/** Rules that keep activations float and say it about nothing but the chosen layers; when these are to be quantized, all that say it about one of them. */
function supersededRules({ layers: rules }: Plan, layers: readonly Layer[], concerned: ReadonlySet<number>, chosen: ReadonlySet<number>, float: boolean): ReadonlySet<number> {
  const matcher = matcherOf(layers);
  const superseded = new Set<number>();
  rules?.forEach(({ match, activations }, index) => {
    if (activations === undefined) return;
    const meant = matcher.positions(match).filter((position) => concerned.has(position));
    const isChosen = (position: number): boolean => chosen.has(position);
    if (float ? meant.length > 0 && meant.every(isChosen) : meant.some(isChosen)) superseded.add(index);
  });
  return superseded;
}
