/** Layers that are kept float when their codes cost much, and what each of them was worth. */
export interface Culprit<Layer> {
  readonly layer: Layer;
  /** How much closer the outputs came, in dB; layers that were found together share what they brought. */
  readonly gainDb: number;
}

/** What one more float layer has to bring: less is within the noise of which samples were drawn. */
export const LEAST_GAIN_DB = 1;
/** A network in which more layers than this do harm has no culprits, and each of them takes dozens of runs to find. */
export const MAX_CULPRITS = 8;
/** Parts that are tried at a time: with six, one of 200 layers is found in three rounds. */
const PARTS = 6;

/**
 * Looks for the layers whose quantization costs most of the error, one by one, until the outputs are close enough or no layer stands
 * out. Neighbours are left out together first, and the part that helps most is looked into: a single culprit among many layers
 * takes few trials. Where no layer alone explains what its part brought, and the part is worth its size, all of it is kept float.
 * @param layers in the order in which they run.
 * @param score SQNR of the outputs in dB with each of these sets of layers float; null: it did not run.
 */
export async function findCulprits<Layer>(layers: readonly Layer[], startDb: number, enoughDb: number, score: (sets: readonly (readonly Layer[])[]) => Promise<readonly (number | null)[]>): Promise<readonly Culprit<Layer>[]> {
  const found: Culprit<Layer>[] = [];
  let reached = startDb;
  while (reached < enoughDb && found.length < MAX_CULPRITS) {
    const kept = found.map(({ layer }) => layer);
    const next = await worstPart(layers.filter((layer) => !kept.includes(layer)), reached, (parts) => score(parts.map((part) => [...kept, ...part])));
    if (next === null || found.length + next.part.length > MAX_CULPRITS) break;
    found.push(...next.part.map((layer) => ({ layer, gainDb: next.gain / next.part.length })));
    reached += next.gain;
  }
  return found;
}

interface Part<Layer> {
  readonly part: readonly Layer[];
  readonly gain: number;
}

/** The smallest part that is worth being kept float; null: none is. */
async function worstPart<Layer>(layers: readonly Layer[], reached: number, score: (parts: readonly (readonly Layer[])[]) => Promise<readonly (number | null)[]>): Promise<Part<Layer> | null> {
  let around: Part<Layer> = { part: layers, gain: 0 };
  while (around.part.length > 0) {
    const parts = split(around.part);
    const scores = await score(parts);
    const gains = parts.map((part, index): Part<Layer> => ({ part, gain: (scores[index] ?? -Infinity) - reached }));
    const best = gains.reduce((most, candidate) => (candidate.gain > most.gain ? candidate : most));
    if (best.gain < LEAST_GAIN_DB) return around.gain >= LEAST_GAIN_DB * around.part.length ? around : null;
    if (best.part.length === 1) return best;
    around = best;
  }
  return null;
}

function split<Layer>(layers: readonly Layer[]): readonly (readonly Layer[])[] {
  const count = Math.min(PARTS, layers.length);
  return Array.from({ length: count }, (_, index) => layers.slice(Math.floor((index * layers.length) / count), Math.floor(((index + 1) * layers.length) / count)));
}
