import type { Reader } from '../graph/dataFlow';
import type { Flow } from '../graph/flow';
import type { Node } from '../onnx/model';
import type { ActivationRange } from '../quant/observe/activationRange';
import type { PlacementRules } from './activationRules';
import { ACTIVATIONS, FIXED_RANGES, MOVERS } from './onnxruntimePlacementFacts';

/** Where a value is read, in the graph that is placed. */
export type Reading = Pick<Reader, 'node' | 'input'>;

/** A layer that multiplies activations with weights, or with other activations. */
export interface PlaceableLayer {
  readonly node: Node;
  /** Its inputs that are activations. */
  readonly activations: readonly number[];
}

/** A value that gets a pair of QuantizeLinear and DequantizeLinear. */
export interface QuantizedValue {
  readonly name: string;
  /** Who gets the quantized value: everybody (the pair stands behind the producer and takes over its name), or these readers. */
  readonly readers: readonly Reading[] | 'all';
  /** The value whose scale and zero point it shares, because an operator only moves elements from there to here. */
  readonly sameAs: string | null;
  /** A range that is known without samples. */
  readonly fixed: ActivationRange | null;
}

export interface PlacedLayer {
  readonly node: Node;
  /** Names of its quantized inputs, parallel to `PlaceableLayer.activations`. */
  readonly inputs: readonly string[];
  /** The value behind the layer, and behind a Relu or Clip that belongs to it, that is quantized; null: its output stays float. */
  readonly output: string | null;
  /** Why its output stays float, as a part of a sentence; ''. */
  readonly outputFloat: string;
}

export interface Placement {
  readonly values: readonly QuantizedValue[];
  readonly layers: readonly PlacedLayer[];
  /** Why layers stay float as a whole, as parts of sentences. */
  readonly refused: ReadonlyMap<Node, string>;
}

export interface PlacementChoice {
  readonly rules: PlacementRules;
  /** Whether sums of two quantized values are quantized too. */
  readonly additions: boolean;
  /** Values that stay float whatever the rules say. */
  readonly float: ReadonlySet<string>;
}

/**
 * Decides which values of a graph are quantized, so that the layers run in integer kernels and nothing else loses bits:
 * - the activations that layers read;
 * - the outputs of layers that else run in float between a DequantizeLinear and a QuantizeLinear: for onnxruntime these are convolutions;
 *   the products of matrices have integer kernels that give out floats;
 * - what operators that only move elements make of quantized values, and, when asked for, sums of two of them;
 * - the shortcuts of residual sums, where the target wants them.
 *
 * Everything else stays float, and so do outputs on a path to a Log without another layer on it: rounding to 8 bits erases
 * what is small, and a logarithm shows it. Where the value is quantized for everybody, captures by bodies and outputs of the graph see
 * the quantized value too, under its old name.
 */
export function placeActivations(flow: Flow, layers: readonly PlaceableLayer[], choice: PlacementChoice): Placement {
  return new Placer(flow, layers, choice).place();
}

class Placer {
  readonly #values = new Map<string, QuantizedValue>();
  readonly #layers = new Map<Node, PlaceableLayer>();
  readonly #refused = new Map<Node, string>();

  constructor(
    private readonly flow: Flow,
    layers: readonly PlaceableLayer[],
    private readonly choice: PlacementChoice,
  ) {
    for (const layer of layers) {
      const reads = layer.activations.map((input) => layer.node.inputs[input]!);
      if (reads.some((name) => choice.float.has(name))) this.#refused.set(layer.node, 'what it reads is not finite in some sample');
      else this.#layers.set(layer.node, layer);
    }
  }

  place(): Placement {
    const beforeLog = this.#valuesBeforeLogs();
    if (this.choice.rules.wholeLayers) this.#refuseFloatOutputs(beforeLog);
    const outputs = new Map<Node, { readonly output: string | null; readonly why: string }>();
    for (const node of this.flow.graph.nodes) {
      if (this.#layers.has(node)) outputs.set(node, this.#placeOutput(node, beforeLog));
      else if (MOVERS.has(node.op) && node.domain === '') this.#placeMoved(node);
      else if (this.choice.additions && node.op === 'Add' && node.domain === '') this.#placeSum(node, beforeLog);
    }
    const placed = [...this.#layers.values()].map(({ node, activations }): PlacedLayer => {
      activations.forEach((input) => { this.#placeInput({ node, input }); });
      const { output, why } = outputs.get(node)!;
      return { node, inputs: activations.map((input) => node.inputs[input]!), output, outputFloat: why };
    });
    if (this.choice.rules.shortcuts) this.#placeShortcuts();
    if (this.choice.rules.jointConcat) this.#joinConcats();
    // Values that share a scale come after those whose scale it is.
    const values = [...this.#values.values()];
    return { values: [...values.filter(({ sameAs }) => sameAs === null), ...values.filter(({ sameAs }) => sameAs !== null)], layers: placed, refused: this.#refused };
  }

  /** The value behind a layer: behind a Relu or Clip that nobody bypasses, because integer kernels saturate as these do. */
  #outputOf(node: Node): string {
    const output = node.outputs[0]!;
    const next = this.flow.onlyReader(output)?.node;
    return next !== undefined && ACTIVATIONS.has(next.op) && next.domain === '' && next.inputs[0] === output ? next.outputs[0]! : output;
  }

  #placeOutput(node: Node, beforeLog: ReadonlySet<string>): { readonly output: string | null; readonly why: string } {
    const output = this.#outputOf(node);
    if (!this.choice.rules.outputs.has(node.op)) return { output: null, why: '' };
    const why = this.#floatReason(node, beforeLog);
    if (why !== null) return { output: null, why };
    this.#quantizeForAll(output, null);
    return { output, why: '' };
  }

  /** Why a layer's output stays float, as a part of a sentence; null when it need not. */
  #floatReason(node: Node, beforeLog: ReadonlySet<string>): string | null {
    if (this.choice.float.has(this.#outputOf(node))) return 'the error that it brings is too large';
    return beforeLog.has(node.outputs[0]!) ? 'a logarithm follows, which small values must reach' : null;
  }

  /** Leaves layers float that compute on codes with a quantized output only, and cannot have one. */
  #refuseFloatOutputs(beforeLog: ReadonlySet<string>): void {
    for (const { node } of [...this.#layers.values()]) {
      const why = this.choice.rules.outputs.has(node.op) ? this.#floatReason(node, beforeLog) : null;
      if (why === null) continue;
      this.#layers.delete(node);
      this.#refused.set(node, `its output stays float: ${why}`);
    }
  }

  /** A value that is only moved is quantized when all that it is made of is. */
  #placeMoved(node: Node): void {
    const output = node.outputs[0]!;
    const data = node.op === 'Concat' ? node.inputs : node.inputs.slice(0, 1);
    if (node.outputs.length !== 1 || !data.every((name) => this.#isQuantizedForAll(name)) || this.choice.float.has(output)) return;
    if (this.flow.isOutput(output)) return;
    this.#quantizeForAll(output, node.op === 'Concat' ? null : this.#values.get(data[0]!)!.sameAs ?? data[0]!);
  }

  #placeSum(node: Node, beforeLog: ReadonlySet<string>): void {
    const output = this.#outputOf(node);
    if (!node.inputs.every((name) => this.#isQuantizedForAll(name)) || this.choice.float.has(output) || beforeLog.has(node.outputs[0]!)) return;
    if (this.flow.isOutput(output)) return;
    this.#quantizeForAll(output, null);
  }

  #placeInput(reader: Reading): void {
    const name = reader.node.inputs[reader.input]!;
    const known = this.#values.get(name);
    if (known?.readers === 'all') return;
    const readers = [...(known?.readers ?? []), reader];
    const producer = this.flow.producer(name);
    const fixed = producer?.domain === '' ? (FIXED_RANGES.get(producer.op) ?? null) : null;
    this.#values.set(name, { name, readers, sameAs: null, fixed });
  }

  /** Quantizes the side of a sum that is not a convolution's own output; of two convolutions, the one that ends the longer branch stays as it is. */
  #placeShortcuts(): void {
    const depths = new Map<Node, number>();
    for (const node of this.flow.graph.nodes) {
      depths.set(node, node.inputs.reduce((deepest, name) => Math.max(deepest, depths.get(this.flow.producer(name)!) ?? 0), 0) + 1);
      if (node.op !== 'Add' || node.domain !== '') continue;
      const branches = node.inputs.flatMap((name, input) => {
        const producer = this.flow.producer(name);
        return producer?.op === 'Conv' && this.#layers.has(producer) && this.flow.onlyReader(name) !== null ? [{ input, depth: depths.get(producer) ?? 0 }] : [];
      });
      const [first, second] = branches;
      if (first === undefined) continue;
      const branch = second !== undefined && second.depth > first.depth ? second : first;
      const shortcut = { node, input: 1 - branch.input };
      const name = node.inputs[shortcut.input] ?? '';
      if (name !== '' && !this.flow.isStored(name) && !this.choice.float.has(name)) this.#placeInput(shortcut);
    }
  }

  /** Gives what each quantized Concat joins the scale of the whole, from the last to the first: what is joined may be a Concat, too. */
  #joinConcats(): void {
    for (const node of [...this.flow.graph.nodes].reverse()) {
      const whole = node.op === 'Concat' && node.domain === '' ? this.#values.get(node.outputs[0]!) : undefined;
      if (whole === undefined) continue;
      const root = whole.sameAs ?? whole.name;
      for (const name of node.inputs) {
        const part = this.#values.get(name);
        if (part !== undefined && part.name !== root && part.sameAs === null) this.#values.set(name, { ...part, sameAs: root });
      }
    }
  }

  #quantizeForAll(name: string, sameAs: string | null): void {
    this.#values.set(name, { name, readers: 'all', sameAs, fixed: null });
  }

  #isQuantizedForAll(name: string): boolean {
    return this.#values.get(name)?.readers === 'all';
  }

  /** Values from which a Log is reached without passing another layer. */
  #valuesBeforeLogs(): ReadonlySet<string> {
    const found = new Set<string>();
    const pending = this.flow.graph.nodes.filter(({ op, domain }) => op === 'Log' && domain === '').flatMap(({ inputs }) => inputs);
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (found.has(name)) continue;
      found.add(name);
      const producer = this.flow.producer(name);
      if (producer !== undefined && !this.#layers.has(producer)) pending.push(...producer.inputs);
    }
    return found;
  }
}
