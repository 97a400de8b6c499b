import { CERTAIN_DB } from '../../format/activations';
import type { Node } from '../../onnx/model';
import type { PlacementRules } from '../../targets/activationRules';
import { placeActivations } from '../../targets/placement';
import type { Decisions } from '../decisions';
import type { CalibrateRun } from './calibrateContext';
import { tryCandidates } from './candidates';
import type { Candidate, Reference, Tried } from './candidates';
import { findCulprits } from './culprits';

/** Samples on which culprits are looked for, in dozens of trials. */
const SEARCH_SAMPLES = 8;

/** The best candidate with the layers float that cost most of its error; null when it is close enough as it is, or nothing helps. */
export async function withoutCulprits(reference: Reference, best: Tried, rules: PlacementRules, run: CalibrateRun): Promise<Tried | null> {
  const { base, variant, tried: { sqnrDb } } = best;
  if (sqnrDb === null || sqnrDb >= CERTAIN_DB || base.facts.source === 'random') return null;
  const layers = variant.placement.layers.map(({ node }) => node);
  const without = (float: readonly Node[]): Candidate => candidateWithout(best, new Set(float), rules);
  const [start] = await tryCandidates(reference, [best], SEARCH_SAMPLES, run);
  const culprits = await findCulprits(layers, start!.tried.sqnrDb ?? -Infinity, CERTAIN_DB, async (sets) => (await tryCandidates(reference, sets.map(without), SEARCH_SAMPLES, run)).map(({ tried }) => tried.sqnrDb));
  if (culprits.length === 0) return null;
  const [final] = await tryCandidates(reference, [without(culprits.map(({ layer }) => layer))], Infinity, run);
  if ((final!.tried.sqnrDb ?? -Infinity) <= sqnrDb) return null;
  const gains = culprits.map(({ layer, gainDb }) => [base.model.layers.get(layer)!.layer.index, `with codes it costs ${gainDb.toFixed(1)} dB of the outputs`] as const);
  return { ...final!, base: { ...final!.base, refused: new Map([...base.refused, ...gains]) } };
}

/** The same candidate with some layers float, weights and all; what is known of the others holds as it is. */
function candidateWithout({ base, variant }: Candidate, float: ReadonlySet<Node>, rules: PlacementRules): Candidate {
  const { model } = base;
  const layers = new Map([...model.layers].filter(([node]) => !float.has(node)));
  const read = new Set([...layers.values()].map(({ weight }) => weight?.key));
  const freed = new Set([...float].map((node) => model.layers.get(node)!.weight?.key).filter((key) => !read.has(key)));
  const decisions: Decisions = new Map([...model.decisions].map(([key, decision]) => [key, freed.has(key) ? { kind: 'keep', reason: 'its layer costs too much of the outputs' } as const : decision] as const));
  const placed = new Set(variant.placement.layers.map(({ node }) => node));
  const placement = placeActivations(model.flow, [...layers.values()].filter(({ node }) => placed.has(node)), { rules, additions: false, float: base.float });
  // Rules that look at the whole graph can want values that nobody has observed.
  if (!placement.values.every(({ name }) => variant.parameters.has(name))) return { base, variant };
  return { base: { ...base, model: { ...model, layers, decisions } }, variant: { ...variant, placement } };
}
