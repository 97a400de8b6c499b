import { findNodeAtLocation } from 'jsonc-parser';
import type { Layer } from '../graph/layer';
import { schemeKey, type WeightScheme } from '../quant/scheme';
import { editContainer, inlineJson } from './containerEdit';
import { coverLayers, layersBelow } from './cover';
import { matcherOf } from './layerMatcher';
import { parsePlan, readPlan } from './parsePlan';
import type { EditTarget, Plan, PlannedWeights } from './plan';
import { appendRules, checkedEdit, dropFromRules, rootOf, sameNameError, setDefault, setIn, setProperty, THE_PLAN, withoutField } from './planText';
import { resolvePlan } from './resolve';
import { editBetween, type TextEdit } from './textChange';

/**
 * Gives layers a scheme, by as few rules as say it: a rule that names just these layers is changed in place, rules that no
 * longer decide anything are dropped, a whole scope becomes one glob. `null` takes back what was said about these layers
 * alone; for the whole model, everything that was said. What other layers get never changes. Layers without weights are
 * passed over. Throws `invalid-plan` when the text is not a valid plan: it has to be mended by hand first.
 */
export function setScheme(text: string, layers: readonly Layer[], target: EditTarget, scheme: WeightScheme | null): TextEdit {
  const plan = readPlan(text, THE_PLAN);
  const withWeights = layers.flatMap((layer, position) => (layer.weights.length > 0 ? [position] : []));
  const chosen = new Set(targetPositions(target, layers).filter((position) => layers[position]!.weights.length > 0));
  const wholeModel = target.kind === 'model' || (scheme !== null && chosen.size > 1 && chosen.size === withWeights.length);
  const superseded = supersededRules(plan, layers, chosen);

  let base = dropFromRules(text, plan, superseded, 'weights');
  if (wholeModel) base = setDefault(base, 'weights', scheme === null ? null : inlineJson(shortWeights(scheme)));
  if (scheme === null) return editBetween(text, base);

  const key = schemeKey(scheme);
  const before = resolvePlan(plan, layers).schemes;
  const isWanted = (candidate: string): boolean => {
    const after = parsePlan(candidate).plan;
    if (!after) return false;
    const { schemes } = resolvePlan(after, layers);
    return withWeights.every((position) => schemeKey(schemes[position]!) === (chosen.has(position) ? key : schemeKey(before[position]!)));
  };
  if (isWanted(base)) return editBetween(text, base);

  const now = resolvePlan(readPlan(base, THE_PLAN), layers).schemes;
  const needed = new Set([...chosen].filter((position) => schemeKey(now[position]!) !== key));
  const names = [...needed].map((position) => layers[position]!.name);
  for (const matches of [coverLayers(needed, chosen, layers), names]) {
    for (const weights of [shortWeights(scheme), fullWeights(scheme)]) {
      const candidate = writeRules(text, plan, layers, superseded, matches, weights);
      if (isWanted(candidate)) return editBetween(text, candidate);
    }
  }
  throw sameNameError(names[0]);
}

/** Sets the value of a symbolic dimension; `null` removes it. Throws `invalid-argument` for a value that is not a positive whole number. */
export function setDimension(text: string, name: string, value: number | null): TextEdit {
  const dimensions = findNodeAtLocation(rootOf(text), ['dimensions']);
  if (dimensions) return checkedEdit(text, setIn(text, dimensions, name, value === null ? null : JSON.stringify(value)));
  return checkedEdit(text, value === null ? text : setProperty(text, 'dimensions', inlineJson({ [name]: value })));
}

/** Sets where the model will run. Throws `invalid-argument` for a target that the schema does not list. */
export function setTarget(text: string, target: string): TextEdit {
  return checkedEdit(text, setProperty(text, 'target', JSON.stringify(target)));
}

/** Positions of the layers that an edit is about. */
export function targetPositions(target: EditTarget, layers: readonly Layer[]): readonly number[] {
  switch (target.kind) {
    case 'layers':
      return target.layers.filter((position) => position in layers);
    case 'scope':
      return layersBelow(target.scope, layers);
    case 'model':
      return layers.map((_, position) => position);
  }
}

/** Rules about weights that match some of the chosen layers and no other layer with weights. */
function supersededRules(plan: Plan, layers: readonly Layer[], chosen: ReadonlySet<number>): ReadonlySet<number> {
  const superseded = new Set<number>();
  plan.layers?.forEach(({ match, weights }, index) => {
    if (weights === undefined) return;
    const decided = matcherOf(layers).positions(match).filter((position) => layers[position]!.weights.length > 0);
    if (decided.length > 0 && decided.every((position) => chosen.has(position))) superseded.add(index);
  });
  return superseded;
}

/** Writes one rule for each `match`: into the superseded rule of the same text where nothing after it interferes, else at the end. */
function writeRules(text: string, plan: Plan, layers: readonly Layer[], superseded: ReadonlySet<number>, matches: readonly string[], weights: PlannedWeights): string {
  const root = rootOf(text);
  const list = findNodeAtLocation(root, ['layers']);
  const value = inlineJson(weights);
  const rules = matches.map((match) => `{ "match": ${JSON.stringify(match)}, "weights": ${value} }`);
  if (!list) return appendRules(text, rules);

  const dropped = new Set(superseded);
  const inPlace = [];
  const append = [];
  for (const [index, match] of matches.entries()) {
    const own = [...superseded].find((rule) => plan.layers![rule]!.match === match);
    const node = own === undefined ? undefined : findNodeAtLocation(list, [own, 'weights']);
    if (own !== undefined && node && !isOverruled(plan, layers, own, superseded)) {
      inPlace.push({ offset: node.offset, length: node.length, content: value });
      dropped.delete(own);
    } else {
      append.push(rules[index]!);
    }
  }
  const { remove, within } = withoutField(text, list, plan, dropped, 'weights');
  return editContainer(text, list, { remove, within: [...within, ...inPlace], append });
}

function isOverruled(plan: Plan, layers: readonly Layer[], rule: number, superseded: ReadonlySet<number>): boolean {
  const matcher = matcherOf(layers);
  const own = new Set(matcher.positions(plan.layers![rule]!.match));
  return plan.layers!.some((other, index) => index > rule && !superseded.has(index) && other.weights !== undefined && matcher.positions(other.match).some((position) => own.has(position)));
}

/** Fields that usually matter; what is left out is what a plan means that does not say it. */
function shortWeights(scheme: WeightScheme): PlannedWeights {
  if (scheme.kind !== 'integer') return scheme.kind;
  const { bits, symmetric, signed, granularity, range } = scheme;
  return { bits, symmetric, ...(signed === symmetric ? {} : { signed }), granularity, ...(range === 'mse' ? { range } : {}) };
}

/** Every field, for layers to which an earlier rule has given an unusual one. */
function fullWeights(scheme: WeightScheme): PlannedWeights {
  if (scheme.kind !== 'integer') return scheme.kind;
  const { bits, symmetric, signed, granularity, range } = scheme;
  return { bits, symmetric, signed, granularity, range };
}
