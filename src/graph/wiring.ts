import type { Node } from '../onnx/model';
import { bodiesOf } from './bodies';

/** What one node reads and writes, as slots of its block; −1 for inputs and outputs that are left out. */
export interface Wires {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** Values that its bodies read, those of the block among them. */
  readonly captures: readonly number[];
}

/**
 * Numbers the value names of a block, so that everything after works on small arrays instead of maps of strings: names
 * are looked up once for each mention.
 */
export class Wiring {
  readonly slots = new Map<string, number>();
  readonly wires: readonly Wires[];
  /** For each slot the position of the node that writes it first; −1 for values that come from elsewhere. */
  private readonly producers: number[] = [];
  private outOfOrder = false;

  constructor(private readonly nodes: readonly Node[]) {
    this.wires = nodes.map((node, position) => this.wire(node, position));
  }

  /** The slot of a name; a new one for names that were not seen before. */
  slot(name: string): number {
    const known = this.slots.get(name);
    if (known !== undefined) return known;
    const slot = this.slots.size;
    this.slots.set(name, slot);
    this.producers.push(-1);
    return slot;
  }

  /**
   * Positions of the nodes in execution order. Files that keep the standard's rule (producers first) keep their order;
   * others are sorted as late as needed, stable otherwise. Nodes that wait for their own output come last.
   */
  order(): { readonly order: readonly number[]; readonly cyclic: ReadonlySet<number> } {
    const inFileOrder = this.nodes.map((_, position) => position);
    if (!this.outOfOrder) return { order: inFileOrder, cyclic: new Set() };
    const consumers: number[][] = this.nodes.map(() => []);
    const waiting = this.nodes.map(() => 0);
    for (const position of inFileOrder) {
      const { reads, captures } = this.wires[position]!;
      for (const slot of [...reads, ...captures]) {
        const producer = slot < 0 ? -1 : this.producers[slot]!;
        if (producer < 0) continue;
        consumers[producer]!.push(position);
        waiting[position]! += 1;
      }
    }
    const order = inFileOrder.filter((position) => waiting[position] === 0);
    // The list grows while it is walked: that is Kahn's algorithm with the list as its queue.
    for (const done of order) {
      for (const consumer of consumers[done]!) {
        waiting[consumer]! -= 1;
        if (waiting[consumer] === 0) order.push(consumer);
      }
    }
    const cyclic = new Set(inFileOrder.filter((position) => waiting[position]! > 0));
    return { order: [...order, ...cyclic], cyclic };
  }

  private wire(node: Node, position: number): Wires {
    const reads = node.inputs.map((name) => (name === '' ? -1 : this.slot(name)));
    const captured = namesInBodies(node);
    const captures = captured.length === 0 ? NONE : captured.map((name) => this.slot(name));
    const seenBefore = this.slots.size;
    const writes = node.outputs.map((name) => {
      if (name === '') return -1;
      const slot = this.slot(name);
      if (this.producers[slot] === -1) this.producers[slot] = position;
      // Something read it before it is written here.
      if (slot < seenBefore) this.outOfOrder = true;
      return slot;
    });
    return { reads, writes, captures };
  }
}

/** Names that a node's bodies mention. */
function namesInBodies(node: Node): readonly string[] {
  const pending = bodiesOf(node).map(({ graph }) => graph);
  if (pending.length === 0) return NONE;
  const names = new Set<string>();
  for (let graph = pending.pop(); graph !== undefined; graph = pending.pop()) {
    for (const inner of graph.nodes) {
      for (const name of inner.inputs) names.add(name);
      for (const { graph: nested } of bodiesOf(inner)) pending.push(nested);
    }
    for (const { name } of graph.outputs) names.add(name);
  }
  return [...names];
}

const NONE: readonly never[] = [];
