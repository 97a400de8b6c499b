import type { Layer } from '../../graph/layer';
import { alignSequences } from './alignSequences';

/** Why two layers are taken for the same one. */
export type MatchReason = 'name' | 'weights' | 'content' | 'place';

/** Layers of two models that are taken for the same one; null where a model has none. */
export interface LayerPair {
  readonly first: number | null;
  readonly second: number | null;
  /** null: the layer is in one model only. */
  readonly by: MatchReason | null;
}

/** Tells equal contents: keys of weights (`LayerWeight.key`) to what equal tensors have in common. */
export type Contents = ReadonlyMap<string, string>;

export interface LayerContents {
  readonly first: Contents;
  readonly second: Contents;
}

/**
 * Matches the layers of two models, through quantization, fusion and renaming. In this order:
 * 1. by name, where the operators stand for the same one; quantizers add endings to names, which are left out;
 * 2. by the names of their weights; 3. by the contents of their weights;
 * 4. by their place: between layers that are matched, layers of the same operator and the same weight sizes follow each other.
 * Every layer is in one pair, in the order of the first model, those of the second alone behind the layer that they follow.
 */
export function matchLayers(first: readonly Layer[], second: readonly Layer[], contents: LayerContents): readonly LayerPair[] {
  const matching = new Matching(first, second);
  matching.byKeys('name', (layer) => [`${kindOf(layer)}\n${layer.name}`]);
  matching.byKeys('name', (layer) => [layer.name, ...membersOf(layer)].map((name) => `${kindOf(layer)}\n${withoutEnding(name)}`));
  matching.byKeys('weights', (layer) => layer.weights.map(({ tensor }) => withoutEnding(tensor)).filter((name) => name !== ''));
  matching.byKeys('content', (layer, side) => layer.weights.flatMap(({ key }) => contents[side].get(key) ?? []));
  matching.byPlace((layer) => (layer.weights.length === 0 ? null : `${kindOf(layer)} ${sizesOf(layer)}`));
  matching.byPlace(kindOf);
  return matching.pairs();
}

type Side = keyof LayerContents;

class Matching {
  /** By layer of each side: the layer of the other one. */
  private readonly partners: Readonly<Record<Side, Int32Array>>;
  private readonly reasons: (MatchReason | undefined)[] = [];

  constructor(
    private readonly first: readonly Layer[],
    private readonly second: readonly Layer[],
  ) {
    this.partners = { first: new Int32Array(first.length).fill(-1), second: new Int32Array(second.length).fill(-1) };
  }

  /** Matches open layers that share a key which no other open layer has. */
  byKeys(reason: MatchReason, keysOf: (layer: Layer, side: Side) => readonly string[]): void {
    const [a, b] = [this.ownersOf('first', keysOf), this.ownersOf('second', keysOf)];
    for (const [key, layer] of a) {
      const other = b.get(key);
      if (layer !== null && other !== undefined && other !== null) this.match(layer, other, reason);
    }
  }

  /** Matches open layers of the same kind between neighbours that are matched. */
  byPlace(kind: (layer: Layer) => string | null): void {
    let [startA, startB] = [0, 0];
    const flush = (endA: number, endB: number): void => {
      const [a, b] = [this.openIn('first', startA, endA, kind), this.openIn('second', startB, endB, kind)];
      for (const [left, right] of alignSequences(a.map(({ key }) => key), b.map(({ key }) => key))) this.match(a[left]!.layer, b[right]!.layer, 'place');
    };
    for (let index = 0; index < this.first.length; index += 1) {
      const partner = this.partners.first[index]!;
      // Parts that have changed places are no frame for what is between them.
      if (partner < startB) continue;
      flush(index, partner);
      [startA, startB] = [index + 1, partner + 1];
    }
    flush(this.first.length, this.second.length);
  }

  pairs(): readonly LayerPair[] {
    const pairs: LayerPair[] = [];
    let next = 0;
    const alone = (until: number): void => {
      for (; next < until; next += 1) if (this.partners.second[next]! < 0) pairs.push({ first: null, second: next, by: null });
    };
    for (let index = 0; index < this.first.length; index += 1) {
      const partner = this.partners.first[index]!;
      if (partner >= 0) alone(partner);
      pairs.push({ first: index, second: partner < 0 ? null : partner, by: this.reasons[index] ?? null });
    }
    alone(this.second.length);
    return pairs;
  }

  private match(first: number, second: number, reason: MatchReason): void {
    if (this.partners.first[first]! >= 0 || this.partners.second[second]! >= 0) return;
    this.partners.first[first] = second;
    this.partners.second[second] = first;
    this.reasons[first] = reason;
  }

  /** The open layer that has each key; null where several have it. */
  private ownersOf(side: Side, keysOf: (layer: Layer, side: Side) => readonly string[]): ReadonlyMap<string, number | null> {
    const owners = new Map<string, number | null>();
    for (const [index, layer] of this[side].entries()) {
      if (this.partners[side][index]! >= 0) continue;
      for (const key of new Set(keysOf(layer, side))) owners.set(key, owners.has(key) ? null : index);
    }
    return owners;
  }

  private openIn(side: Side, from: number, to: number, kind: (layer: Layer) => string | null): readonly { readonly layer: number; readonly key: string }[] {
    const open: { layer: number; key: string }[] = [];
    for (let layer = from; layer < to; layer += 1) {
      const key = this.partners[side][layer]! < 0 ? kind(this[side][layer]!) : null;
      if (key !== null) open.push({ layer, key });
    }
    return open;
  }
}

/** The float operator that a layer does the work of. A Gemm is a product with its bias, which optimizers put together and take apart. */
function kindOf({ op, logical }: Layer): string {
  const kind = logical?.standsFor[0] ?? op;
  return kind === 'Gemm' ? 'MatMul' : kind;
}

function membersOf({ logical }: Layer): readonly string[] {
  return logical?.members.map(({ name }) => name) ?? [];
}

/** Elements of each weight, whatever its shape and type are. */
function sizesOf({ weights, logical }: Layer): string {
  return String(logical?.weights?.elements ?? weights.reduce((sum, { elements }) => sum + elements, 0));
}

/** What quantizers, converters and optimizers put behind the name of a node or a tensor that they replace. */
const ENDING = /(_(quantized|quant|quantize|q\d+(g\d+)?|fp16|float16|fused|matmul|conv|gemm|dequantized|dequantizelinear|quantizelinear|cast|transposed|\d+bits?|bnb4|token_\d+|kquant))+$/i;

function withoutEnding(name: string): string {
  return name.replace(ENDING, '');
}
