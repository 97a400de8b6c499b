import type { Node } from '../onnx/model';
import { bodiesOf } from './bodies';

/**
 * Numbers the value names of a block, so that everything after works on small arrays instead of maps of strings: names
 * are looked up once for each mention.
 */
export class Wiring {
  readonly slots = new Map<string, number>();
  /** By position: slots of a node's inputs; −1 where one is left out. */
  readonly reads: readonly (readonly number[])[];
  /** By position: slots of a node's outputs; −1 where one is left out. */
  readonly writes: readonly (readonly number[])[];
  /** By position: values that a node's bodies mention, those of this block among them. Only for nodes with bodies. */
  readonly captures = new Map<number, readonly number[]>();
  /** For each slot the position of the node that writes it first; −1 for values that come from elsewhere. */
  private readonly producers: number[] = [];
  private outOfOrder = false;

  constructor(private readonly nodes: readonly Node[]) {
    const reads: (readonly number[])[] = [];
    const writes: (readonly number[])[] = [];
    for (let position = 0; position < nodes.length; position += 1) {
      reads.push(this.readsOf(nodes[position]!, position));
      writes.push(this.writesOf(nodes[position]!, position));
    }
    this.reads = reads;
    this.writes = writes;
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
      for (const slot of [...this.reads[position]!, ...(this.captures.get(position) ?? [])]) {
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

  private readsOf(node: Node, position: number): readonly number[] {
    const captured = namesInBodies(node);
    if (captured.length > 0) this.captures.set(position, captured.map((name) => this.slot(name)));
    return node.inputs.map((name) => (name === '' ? -1 : this.slot(name)));
  }

  private writesOf(node: Node, position: number): readonly number[] {
    const seenBefore = this.slots.size;
    return node.outputs.map((name) => {
      if (name === '') return -1;
      const slot = this.slot(name);
      if (this.producers[slot] === -1) this.producers[slot] = position;
      // Something read it before it is written here.
      if (slot < seenBefore) this.outOfOrder = true;
      return slot;
    });
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
