import type { Layer } from '../graph/layer';
import { type Granularity, type IntegerScheme, type KeepFloat, type RangeMethod, schemeKey, type WeightBits, type WeightScheme } from '../quant/scheme';
import { matcherOf } from './layerMatcher';
import type { Plan, PlannedWeights } from './plan';
import { morePrecise } from './precision';

/** What a plan that says nothing means: int8, symmetric, one scale per channel, range from the extremes. */
export const DEFAULT_SCHEME: IntegerScheme = { kind: 'integer', bits: 8, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' };

export const KEEP_FLOAT: KeepFloat = { kind: 'float' };

/** What a plan means for a list of layers. */
export interface ResolvedPlan {
  /** What each layer is asked to have, parallel to the layers; float for layers without weights. */
  readonly schemes: readonly WeightScheme[];
  /** Index into the plan's `layers` of the last rule that says something about each layer's weights; −1: only the default does. */
  readonly rules: readonly number[];
  /** What each stored tensor gets, by `LayerWeight.key`; differs from a layer's scheme where sharing layers disagree. */
  readonly tensors: ReadonlyMap<string, WeightScheme>;
  /** Tensors whose layers disagree. */
  readonly conflicts: readonly SharedConflict[];
}

/** Layers that share one stored tensor and ask for different schemes; the most precise one is used. */
export interface SharedConflict {
  readonly key: string;
  readonly tensor: string;
  /** Names of the layers, in execution order. */
  readonly layers: readonly string[];
  readonly chosen: WeightScheme;
  /** Position of the last rule that decides about one of them. */
  readonly rule: number;
}

/** The fields collected so far for one layer. */
interface Wish {
  readonly kind: WeightScheme['kind'];
  readonly bits: WeightBits;
  readonly symmetric: boolean;
  /** Undefined: follows `symmetric`. */
  readonly signed: boolean | undefined;
  readonly granularity: Granularity;
  readonly range: RangeMethod;
}

const DEFAULT_WISH: Wish = { ...DEFAULT_SCHEME, signed: undefined };

/** Applies the rules in their order (later ones win, field by field) and settles tensors that several layers share. */
export function resolvePlan(plan: Plan, layers: readonly Layer[]): ResolvedPlan {
  const matcher = matcherOf(layers);
  const interned = new Map<string, WeightScheme>();
  const base = applyWeights(DEFAULT_WISH, plan.default?.weights);
  const wishes = new Array<Wish>(layers.length).fill(base);
  const rules = new Array<number>(layers.length).fill(-1);
  plan.layers?.forEach((rule, index) => {
    if (rule.weights === undefined) return;
    const changed = new Map<Wish, Wish>();
    for (const position of matcher.positions(rule.match)) {
      const before = wishes[position]!;
      let after = changed.get(before);
      if (!after) changed.set(before, (after = applyWeights(before, rule.weights)));
      wishes[position] = after;
      rules[position] = index;
    }
  });

  const schemeOf = new Map<Wish, WeightScheme>();
  const schemes = wishes.map((wish, position) => {
    if (layers[position]!.weights.length === 0) return KEEP_FLOAT;
    let scheme = schemeOf.get(wish);
    if (!scheme) schemeOf.set(wish, (scheme = intern(interned, toScheme(wish))));
    return scheme;
  });
  return { schemes, rules, ...settleShared(layers, schemes, rules) };
}

function applyWeights(wish: Wish, weights: PlannedWeights | undefined): Wish {
  if (weights === undefined) return wish;
  if (typeof weights === 'string') return { ...wish, kind: weights };
  return {
    kind: 'integer',
    bits: weights.bits ?? wish.bits,
    symmetric: weights.symmetric ?? wish.symmetric,
    signed: weights.signed ?? wish.signed,
    granularity: weights.granularity ?? wish.granularity,
    range: weights.range ?? wish.range,
  };
}

function toScheme(wish: Wish): WeightScheme {
  if (wish.kind !== 'integer') return { kind: wish.kind };
  const { bits, symmetric, granularity, range } = wish;
  return { kind: 'integer', bits, symmetric, signed: wish.signed ?? symmetric, granularity, range };
}

function intern(known: Map<string, WeightScheme>, scheme: WeightScheme): WeightScheme {
  const key = schemeKey(scheme);
  const same = known.get(key);
  if (same) return same;
  known.set(key, scheme);
  return scheme;
}

function settleShared(layers: readonly Layer[], schemes: readonly WeightScheme[], rules: readonly number[]): Pick<ResolvedPlan, 'tensors' | 'conflicts'> {
  const tensors = new Map<string, WeightScheme>();
  const disputed = new Map<string, string>();
  layers.forEach((layer, position) => {
    const wish = schemes[position]!;
    for (const weight of layer.weights) {
      const other = tensors.get(weight.key);
      if (other && schemeKey(other) !== schemeKey(wish)) disputed.set(weight.key, weight.tensor);
      tensors.set(weight.key, other ? morePrecise(other, wish) : wish);
    }
  });
  if (disputed.size === 0) return { tensors, conflicts: [] };

  const users = new Map<string, number[]>([...disputed.keys()].map((key) => [key, []]));
  layers.forEach((layer, position) => {
    for (const key of new Set(layer.weights.map((weight) => weight.key))) users.get(key)?.push(position);
  });
  const conflicts = [...disputed].map(([key, tensor]) => {
    const positions = users.get(key)!;
    const rule = positions.reduce((last, position) => Math.max(last, rules[position]!), -1);
    return { key, tensor, layers: positions.map((position) => layers[position]!.name), chosen: tensors.get(key)!, rule };
  });
  return { tensors, conflicts };
}
