import type { Attribute } from '../onnx/model';
import type { Layer, LayerSite } from './layer';

/** Stands for a constant, or for an input that is left out. */
const CONSTANT = -1;
/** The first of the model's inputs; the others have smaller numbers. */
const FIRST_INPUT = -2;
/** The position of layers that are not in the part that is being looked at. */
export const NOWHERE = -1;

const NONE: readonly never[] = [];

/**
 * What layers are, apart from their names and the values of their weights: operator, attributes, shapes of weights and
 * outputs, and which layer reads which. Equal parts of a network are found by it.
 */
export class Structure {
  /** Equal numbers for layers that do the same. */
  readonly kinds: Int32Array;
  /** For each layer and input the layer that produces it; negative for what no layer produces. */
  readonly #reads: readonly (readonly number[])[];
  readonly #known = new Map<string, number>();
  /** Of layers in the part that is being looked at. */
  readonly #positions: Int32Array;

  /** `inputs`: names of the values that are fed to the model. */
  constructor(layers: readonly Layer[], sites: readonly LayerSite[], inputs: readonly string[]) {
    this.kinds = Int32Array.from(layers, (layer, index) => this.number(kindOf(layer, sites[index]!)));
    // Names are those of one graph; where bodies and calls use one again, the layer right before is the one that is meant.
    const producers = new Map(inputs.map((name, index) => [name, FIRST_INPUT - index]));
    this.#reads = sites.map(({ node, members }, index) => {
      // What is folded into the row reads and writes for it.
      const nodes = [node, ...members];
      const own = new Set(members.length === 0 ? NONE : nodes.flatMap(({ outputs }) => outputs));
      const reads: number[] = [];
      for (const { inputs: names } of nodes) for (const name of names) if (!own.has(name)) reads.push(name === '' ? CONSTANT : (producers.get(name) ?? CONSTANT));
      for (const { outputs } of nodes) for (const name of outputs) if (name !== '') producers.set(name, index);
      return reads;
    });
    this.#positions = new Int32Array(layers.length).fill(NOWHERE);
  }

  /** The number of a text: equal for equal ones. */
  number(text: string): number {
    const known = this.#known.get(text) ?? this.#known.size;
    this.#known.set(text, known);
    return known;
  }

  /** For each input of a layer the layer that produces it; negative for what no layer produces. */
  readsOf(layer: number): readonly number[] {
    return this.#reads[layer]!;
  }

  /** Equal for parts of the network that do the same with the same wiring inside, whatever they are connected to. `layers`: ascending. */
  keyOf(layers: readonly number[]): string {
    const outside = new Map<number, number>();
    return this.within(layers, (positionOf) => {
      const wire = (producer: number): string => {
        if (producer === CONSTANT) return 'c';
        const position = positionOf(producer);
        if (position !== NOWHERE) return String(position);
        const number = outside.get(producer) ?? outside.size;
        outside.set(producer, number);
        return `x${String(number)}`;
      };
      let key = '';
      for (const layer of layers) {
        key += `${String(this.kinds[layer])}(`;
        for (const producer of this.#reads[layer]!) key += `${wire(producer)} `;
        key += ')';
      }
      return key;
    });
  }

  /** Looks at a part of the network. `positionOf`: where in the part a layer is; NOWHERE for others. */
  within<T>(layers: readonly number[], look: (positionOf: (layer: number) => number) => T): T {
    const positions = this.#positions;
    layers.forEach((layer, position) => { positions[layer] = position; });
    try {
      return look((layer) => positions[layer] ?? NOWHERE);
    } finally {
      for (const layer of layers) positions[layer] = NOWHERE;
    }
  }
}

function kindOf({ op, domain, outputShapes, weights }: Layer, { node }: LayerSite): string {
  const attributes = node.attributes.size === 0 ? '' : [...node.attributes].map(([name, attribute]) => `${name}=${attributeText(attribute)}`).sort().join(';');
  const stored = weights.length === 0 ? '' : weights.map(({ dataType, dims, input }) => `${String(input)}:${dataType}[${dims.join()}]`).join(';');
  return `${domain}\n${op}\n${attributes}\n${stored}\n${outputShapes.map((shape) => shape?.join() ?? '?').join(';')}`;
}

/** Numbers and texts as they are; of everything else only what it is, for values of tensors are weights. */
function attributeText(attribute: Attribute): string {
  switch (attribute.kind) {
    case 'int':
    case 'float':
    case 'string':
      return String(attribute.value);
    case 'ints':
    case 'floats':
    case 'strings':
      return attribute.value.join();
    case 'tensor':
      return `${attribute.value.dataType}[${attribute.value.dims.join()}]`;
    default:
      return attribute.kind;
  }
}
