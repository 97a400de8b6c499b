import { intOf } from '../../graph/attributes';
import type { Flow } from '../../graph/flow';
import type { Node } from '../../onnx/model';
import type { Observation } from '../../quant/observe/tensorObserver';
import { ACTIVATIONS } from '../../targets/onnxruntimePlacementFacts';
import type { Placement } from '../../targets/placement';
import type { ModelFile } from '../modelFile';
import type { GraphEdits } from './graphEdits';
import { loadFloats } from './stored';
import type { StoredTensor } from './stored';

/** A channel is stretched to the range of the largest, but not more than this: one that is nearly always zero says nothing. */
const LEAST_INPUT_SHARE = 1e-3;
const LEAST_OUTPUT_SHARE = 0.02;
/** Where the smallest channel has this share of the range already, there is nothing to gain. */
const EVEN_SHARE = 0.8;

/** The model whose channels are evened out. */
export interface EqualizableModel {
  readonly file: ModelFile;
  readonly flow: Flow;
  readonly stored: ReadonlyMap<string, StoredTensor>;
  readonly placement: Placement;
  /** With channels. */
  readonly observations: ReadonlyMap<string, Observation>;
}

/**
 * Evens out the ranges of channels that share one scale, where channels can be scaled without a change of what the network
 * computes: inputs of depthwise convolutions, whose weights take up the factors, and outputs of convolutions, behind which
 * a Mul undoes it. Weights lose nothing, because each of their channels has a scale of its own. Returns how many values
 * were evened out.
 */
export function equalizeChannels(model: EqualizableModel, edits: GraphEdits): number {
  return new Equalizer(model, edits).run();
}

class Equalizer {
  /** Factors of the rows of each convolution's weights, and of its bias. */
  readonly #rows = new Map<Node, { readonly weight: Float64Array; readonly bias: Float64Array }>();

  constructor(
    private readonly model: EqualizableModel,
    private readonly edits: GraphEdits,
  ) {}

  run(): number {
    const convolutions = this.model.placement.layers.filter(({ node }) => node.op === 'Conv' && this.#scalable(node));
    const outputs = new Map(convolutions.flatMap(({ node, output }) => (output === null ? [] : [[output, node] as const])));
    let evened = 0;
    for (const { node, inputs } of convolutions) {
      const [input] = inputs;
      const shares = this.#isDepthwise(node) ? this.#shares(input!, LEAST_INPUT_SHARE) : null;
      if (shares === null) continue;
      const producer = outputs.get(input!);
      if (producer !== undefined && this.model.flow.onlyReader(input!) !== null && this.#commutes(producer)) {
        this.#scale(producer, shares.map((share) => 1 / share), true);
      } else if (producer === undefined) {
        this.#addMul(node, input!, shares);
      } else {
        continue;
      }
      this.#scale(node, this.#perRow(node, shares), false);
      evened += 1;
    }
    for (const [output, node] of outputs) {
      const shares = output === node.outputs[0] && !this.#rows.get(node)?.bias.some((factor) => factor !== 1) && this.#readElementwise(output) ? this.#shares(output, LEAST_OUTPUT_SHARE) : null;
      if (shares === null) continue;
      this.#scale(node, shares.map((share) => 1 / share), true);
      this.#undo(node, output, shares);
      evened += 1;
    }
    for (const [node, factors] of this.#rows) this.#write(node, factors);
    return evened;
  }

  /** Each channel's largest magnitude as a share of the largest of all; null when they are even, or not known. */
  #shares(name: string, least: number): Float64Array | null {
    const seen = this.model.observations.get(name);
    if (!seen?.channels) return null;
    const { low, high } = seen.channels;
    const peaks = Float64Array.from(low, (value, channel) => Math.max(-value, high[channel]!));
    const largest = peaks.reduce((most, peak) => Math.max(most, peak), 0);
    if (largest === 0 || peaks.every((peak) => peak >= EVEN_SHARE * largest)) return null;
    return peaks.map((peak) => Math.max(peak / largest, least));
  }

  #scalable(node: Node): boolean {
    const weight = this.model.stored.get(node.inputs[1]!);
    const bias = node.inputs[2] ?? '';
    return weight?.tensor.dataType === 'float' && this.model.flow.onlyReader(node.inputs[1]!) !== null && (bias === '' || this.model.stored.get(bias)?.tensor.dataType === 'float');
  }

  #isDepthwise(node: Node): boolean {
    return intOf(node, 'group', 1) > 1 && this.#dims(node)[1] === 1;
  }

  /** Whether what stands between a convolution and its quantized output lets positive factors pass. */
  #commutes({ outputs }: Node): boolean {
    const next = this.model.flow.onlyReader(outputs[0]!)?.node;
    return next === undefined || next.op === 'Relu' || !ACTIVATIONS.has(next.op);
  }

  /** Whether only operators that work on floats read a value, so that a Mul before them costs no precision. */
  #readElementwise(name: string): boolean {
    const { flow, placement } = this.model;
    const readers = flow.readers(name);
    const moved = placement.values.some(({ name: other, sameAs, readers: to }) => to === 'all' && (sameAs === name || flow.producer(other)?.inputs.includes(name) === true));
    return readers.length > 0 && !flow.isExposed(name) && !moved && readers.every(({ node }) => !placement.layers.some((layer) => layer.node === node));
  }

  #dims(node: Node): readonly number[] {
    return this.model.stored.get(node.inputs[1]!)!.tensor.dims;
  }

  /** Factors of input channels for the rows of a depthwise weight: some give more than one output for each channel. */
  #perRow(node: Node, shares: Float64Array): Float64Array {
    const rows = this.#dims(node)[0]!;
    return Float64Array.from({ length: rows }, (_, row) => shares[Math.floor((row * shares.length) / rows)]!);
  }

  #scale(node: Node, factors: Float64Array, withBias: boolean): void {
    const before = this.#rows.get(node) ?? { weight: new Float64Array(factors.length).fill(1), bias: new Float64Array(factors.length).fill(1) };
    const times = (values: Float64Array): Float64Array => values.map((value, row) => value * factors[row]!);
    this.#rows.set(node, { weight: times(before.weight), bias: withBias ? times(before.bias) : before.bias });
  }

  #addMul(node: Node, input: string, shares: Float64Array): void {
    const { edits, model } = this;
    const result = edits.names.take(`${input}_evened`);
    edits.addAfter(model.flow.producer(input), [{ op: 'Mul', inputs: [input, this.#factors(`${input}_evening`, node, shares.map((share) => 1 / share))], outputs: [result] }]);
    edits.setInput(node, 0, result);
  }

  #undo(node: Node, output: string, shares: Float64Array): void {
    const { edits } = this;
    const evened = edits.names.take(`${output}_evened`);
    edits.setOutput(node, 0, evened);
    edits.addAfter(node, [{ op: 'Mul', inputs: [evened, this.#factors(`${output}_evening`, node, shares)], outputs: [output] }]);
  }

  /** Factors for the channels of a convolution's input or output, in a shape that is broadcast along all other axes. */
  #factors(name: string, node: Node, values: Float64Array): string {
    return this.edits.constant(name, 'float', this.#dims(node).map((_, axis) => (axis === 1 ? values.length : 1)), Float32Array.from(values));
  }

  #write(node: Node, factors: { readonly weight: Float64Array; readonly bias: Float64Array }): void {
    const { edits, model } = this;
    const { file, flow, stored } = model;
    const weight = stored.get(node.inputs[1]!)!;
    const values = loadFloats(file, weight)!;
    const size = values.length / factors.weight.length;
    edits.replaceInput(flow, stored, node, 1, edits.constant(`${node.inputs[1]!}_evened`, 'float', weight.tensor.dims, values.map((value, index) => value * factors.weight[Math.floor(index / size)]!)));
    const bias = stored.get(node.inputs[2] ?? '');
    if (bias === undefined) return;
    const scaled = loadFloats(file, bias)!.map((value, row) => value * factors.bias[row]!);
    edits.replaceInput(flow, stored, node, 2, edits.constant(`${node.inputs[2]!}_evened`, 'float', bias.tensor.dims, scaled));
  }
}
