import type { Layer } from '../../graph/layer';
import type { LayerPair } from './matchLayers';

export interface AbsorbedLayers {
  /** By layer of the first model: the layers that its partner does as well. */
  readonly by: ReadonlyMap<number, readonly number[]>;
  readonly isAbsorbed: ReadonlySet<number>;
}

/**
 * Layers of the first model that have no partner, because the partner of one before them stands for them, too: a FusedConv
 * for a Conv and its Relu, a quantized output for a Relu alone. They belong to the row of that one.
 */
export function absorbedLayers(pairs: readonly LayerPair[], first: readonly Layer[], second: readonly Layer[]): AbsorbedLayers {
  const by = new Map<number, number[]>();
  const isAbsorbed = new Set<number>();
  const alone = new Set(pairs.flatMap((pair) => (pair.first !== null && pair.second === null ? [pair.first] : [])));
  for (const pair of pairs) {
    if (pair.first === null || pair.second === null) continue;
    const own = first[pair.first]!.logical?.standsFor ?? [first[pair.first]!.op];
    const more = doneBy(second[pair.second]!, own[0]!).filter((op) => !own.includes(op));
    for (const op of more) {
      const found = nearest(op, pair.first, first, alone);
      if (found === null) continue;
      alone.delete(found);
      isAbsorbed.add(found);
      by.set(pair.first, [...(by.get(pair.first) ?? []), found]);
    }
  }
  return { by, isAbsorbed };
}

/** What a layer's operator does. Quantizing an output to codes that end at 0 cuts off what is negative: quantizers leave out a Relu or Clip before it. */
function doneBy({ logical, op }: Layer, original: string): readonly string[] {
  const own = logical?.standsFor ?? [op];
  const cuts = logical?.output && logical.output.granularity !== null ? ['Relu', 'Clip'] : [];
  // A Gemm adds what followed a product.
  return [...own, ...(original === 'MatMul' && own[0] === 'Gemm' ? ['Add'] : []), ...cuts];
}

/** The next layer of that operator, if nothing with a partner of its own is before it. */
function nearest(op: string, from: number, layers: readonly Layer[], open: ReadonlySet<number>): number | null {
  for (let index = from + 1; index < layers.length && open.has(index); index += 1) if (layers[index]!.op === op) return index;
  return null;
}
