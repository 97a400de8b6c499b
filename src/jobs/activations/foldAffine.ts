import { floatOf } from '../../graph/attributes';
import type { Flow } from '../../graph/flow';
import type { Node } from '../../onnx/model';
import type { ModelFile } from '../modelFile';
import type { GraphEdits } from './graphEdits';
import { loadFloats } from './stored';
import type { StoredTensor } from './stored';

/** y = factor × x + offset, for each channel. */
interface Affine {
  readonly factor: Float64Array;
  readonly offset: Float64Array;
}

/** Default of BatchNormalization. */
const EPSILON = 1e-5;

/**
 * Takes BatchNormalization, and Mul and Add with constants, into the convolution before them, as weights and bias: what
 * follows a convolution is then its activation, and ranges are those of what the layer really gives out. Returns how many
 * nodes went away.
 */
export function foldAffines(file: ModelFile, flow: Flow, stored: ReadonlyMap<string, StoredTensor>, edits: GraphEdits): number {
  return file.model.graph.nodes.reduce((removed, node) => removed + (node.op === 'Conv' && node.domain === '' ? new Folding(file, flow, stored, edits, node).run() : 0), 0);
}

class Folding {
  readonly #weight: StoredTensor | undefined;
  readonly #channels: number;

  constructor(
    private readonly file: ModelFile,
    private readonly flow: Flow,
    private readonly stored: ReadonlyMap<string, StoredTensor>,
    private readonly edits: GraphEdits,
    private readonly conv: Node,
  ) {
    this.#weight = stored.get(conv.inputs[1] ?? '');
    this.#channels = this.#weight?.tensor.dims[0] ?? 0;
  }

  run(): number {
    const weight = this.#weight;
    const bias = this.#bias();
    if (weight === undefined || bias === null || this.flow.onlyReader(this.conv.inputs[1]!) === null) return 0;
    const chain: Node[] = [];
    let total: Affine = { factor: new Float64Array(this.#channels).fill(1), offset: Float64Array.from(bias) };
    for (let output = this.conv.outputs[0]!; ;) {
      const next = this.flow.onlyReader(output);
      const step = next === null ? null : this.#affineOf(next.node, next.input);
      if (step === null) break;
      total = { factor: total.factor.map((factor, channel) => factor * step.factor[channel]!), offset: total.offset.map((offset, channel) => offset * step.factor[channel]! + step.offset[channel]!) };
      chain.push(next!.node);
      output = next!.node.outputs[0]!;
    }
    const values = chain.length === 0 ? null : loadFloats(this.file, weight);
    if (values === null) return 0;
    this.#write(weight, values, total, chain);
    return chain.length;
  }

  #write({ tensor }: StoredTensor, values: Float32Array, { factor, offset }: Affine, chain: readonly Node[]): void {
    const { edits, conv } = this;
    const perChannel = values.length / this.#channels;
    const weight = values.map((value, index) => value * factor[Math.floor(index / perChannel)]!);
    edits.replaceInput(this.flow, this.stored, conv, 1, edits.constant(`${conv.inputs[1]!}_folded`, 'float', tensor.dims, weight));
    edits.replaceInput(this.flow, this.stored, conv, 2, edits.constant(`${conv.outputs[0]!}_bias`, 'float', [this.#channels], Float32Array.from(offset)));
    edits.setOutput(conv, 0, chain.at(-1)!.outputs[0]!);
    for (const node of chain) edits.removeWithConstants(this.flow, this.stored, node);
  }

  /** The bias as it is; zeros where there is none; null when it is not a constant. */
  #bias(): Float32Array | null {
    const name = this.conv.inputs[2] ?? '';
    if (name === '') return new Float32Array(this.#channels);
    const constant = this.stored.get(name);
    return constant === undefined ? null : loadFloats(this.file, constant);
  }

  #affineOf(node: Node, input: number): Affine | null {
    if (node.domain !== '') return null;
    switch (node.op) {
      case 'BatchNormalization':
        return input === 0 && node.outputs.filter((name) => name !== '').length === 1 ? this.#normalization(node) : null;
      case 'Mul': {
        const factor = this.#perChannel(node.inputs[1 - input]!);
        return factor && { factor, offset: new Float64Array(this.#channels) };
      }
      case 'Add': {
        const offset = this.#perChannel(node.inputs[1 - input]!);
        return offset && { factor: new Float64Array(this.#channels).fill(1), offset };
      }
      default:
        return null;
    }
  }

  #normalization({ inputs, attributes }: Node): Affine | null {
    const [scale, shift, mean, variance] = inputs.slice(1, 5).map((name) => this.#vector(name));
    if (!scale || !shift || !mean || !variance || attributes.has('spatial')) return null;
    const epsilon = floatOf({ attributes }, 'epsilon', EPSILON);
    const factor = Float64Array.from(scale, (value, channel) => value / Math.sqrt(variance[channel]! + epsilon));
    return { factor, offset: Float64Array.from(shift, (value, channel) => value - mean[channel]! * factor[channel]!) };
  }

  #vector(name: string): Float32Array | null {
    const constant = this.stored.get(name);
    return constant?.tensor.dims.length === 1 && constant.tensor.dims[0] === this.#channels ? loadFloats(this.file, constant) : null;
  }

  /** A constant that is broadcast along channels only, one number for each; null for others. */
  #perChannel(name: string): Float64Array | null {
    const constant = this.stored.get(name);
    const rank = this.#weight!.tensor.dims.length;
    if (constant === undefined || constant.tensor.dims.length > rank) return null;
    const { dims } = constant.tensor;
    const aligned = [...new Array<number>(rank - dims.length).fill(1), ...dims];
    if (!aligned.every((dim, axis) => dim === 1 || (axis === 1 && dim === this.#channels))) return null;
    const values = loadFloats(this.file, constant);
    return values && Float64Array.from({ length: this.#channels }, (_, channel) => values[values.length === 1 ? 0 : channel]!);
  }
}
