import type { Graph, Node } from '../onnx/model';

export interface Ordered {
  /** Positions of the nodes in execution order. */
  readonly order: readonly number[];
  /** Positions of nodes that are on a cycle or wait for one; they come last, in file order. */
  readonly cyclic: ReadonlySet<number>;
}

/**
 * The execution order of a graph's nodes. Files that keep the standard's rule (producers first) keep their order;
 * others are sorted as late as needed, stable otherwise. Linear in nodes and edges.
 */
export function executionOrder(nodes: readonly Node[]): Ordered {
  const producer = new Map<string, number>();
  nodes.forEach((node, position) => {
    for (const output of node.outputs) if (output !== '' && !producer.has(output)) producer.set(output, position);
  });
  const waitsFor = (position: number): readonly number[] =>
    namesRead(nodes[position]!).map((name) => producer.get(name)).filter((from) => from !== undefined);

  const inFileOrder = nodes.map((_, position) => position);
  if (inFileOrder.every((position) => waitsFor(position).every((from) => from < position))) return { order: inFileOrder, cyclic: new Set() };

  const consumers: number[][] = nodes.map(() => []);
  const waiting = nodes.map(() => 0);
  for (const position of inFileOrder) {
    for (const from of waitsFor(position)) {
      consumers[from]!.push(position);
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

/** Names of values that a node reads, those that its bodies capture included. */
export function namesRead(node: Node): readonly string[] {
  const bodies = bodiesOf(node);
  if (bodies.length === 0) return node.inputs;
  const names = [...node.inputs];
  const pending = bodies.map(({ graph }) => graph);
  for (let graph = pending.pop(); graph !== undefined; graph = pending.pop()) {
    for (const inner of graph.nodes) {
      names.push(...inner.inputs);
      pending.push(...bodiesOf(inner).map((body) => body.graph));
    }
    names.push(...graph.outputs.map(({ name }) => name));
  }
  return names;
}

export interface NamedBody {
  readonly name: string;
  readonly graph: Graph;
}

/** The graphs among a node's attributes, with the names by which rows call them. */
export function bodiesOf(node: Node): readonly NamedBody[] {
  const bodies: NamedBody[] = [];
  for (const [name, attribute] of node.attributes) {
    if (attribute.kind === 'graph') bodies.push({ name, graph: attribute.value });
    if (attribute.kind === 'graphs') attribute.value.forEach((graph, index) => bodies.push({ name: `${name}[${String(index)}]`, graph }));
  }
  return bodies;
}
