import type { Graph, Node } from '../onnx/model';
import { bodiesOf } from './bodies';

/** A place where a value is read. */
export interface Reader {
  readonly node: Node;
  readonly input: number;
}

/** Who makes and who reads the values of one graph, for changes of its wiring. */
export class Flow {
  readonly #producers = new Map<string, Node>();
  readonly #readers = new Map<string, Reader[]>();
  readonly #captured = new Set<string>();
  readonly #outputs: ReadonlySet<string>;
  readonly #initializers: ReadonlySet<string>;

  constructor(readonly graph: Graph) {
    this.#outputs = new Set(graph.outputs.map(({ name }) => name));
    this.#initializers = new Set(graph.initializers.map(({ name }) => name));
    for (const node of graph.nodes) {
      for (const name of node.outputs) if (name !== '' && !this.#producers.has(name)) this.#producers.set(name, node);
      node.inputs.forEach((name, input) => {
        if (name === '') return;
        const known = this.#readers.get(name);
        if (known === undefined) this.#readers.set(name, [{ node, input }]);
        else known.push({ node, input });
      });
      this.#capture(node);
    }
  }

  /** The node that makes a value; undefined for inputs and initializers. */
  producer(name: string): Node | undefined {
    return this.#producers.get(name);
  }

  /** Where nodes of this graph read a value. */
  readers(name: string): readonly Reader[] {
    return this.#readers.get(name) ?? [];
  }

  /** Whether bodies of nodes mention a value, or the graph gives it out: then it is needed as it is, by its name. */
  isExposed(name: string): boolean {
    return this.#captured.has(name) || this.#outputs.has(name);
  }

  isOutput(name: string): boolean {
    return this.#outputs.has(name);
  }

  /** Whether a value is stored in the file: an initializer, or what a Constant node gives. */
  isStored(name: string): boolean {
    return this.#initializers.has(name) || this.#producers.get(name)?.op === 'Constant';
  }

  /** The value that a chain of Identity nodes passes on. */
  origin(name: string): string {
    let origin = name;
    for (let step = 0; step < this.graph.nodes.length; step += 1) {
      const producer = this.#producers.get(origin);
      if (producer?.op !== 'Identity' || producer.domain !== '') break;
      origin = producer.inputs[0] ?? '';
    }
    return origin;
  }

  /** The one node that reads a value, when nothing else needs it; null otherwise. */
  onlyReader(name: string): Reader | null {
    const readers = this.readers(name);
    return readers.length === 1 && !this.isExposed(name) ? readers[0]! : null;
  }

  #capture(node: Node): void {
    const pending = bodiesOf(node).map(({ graph }) => graph);
    for (let graph = pending.pop(); graph !== undefined; graph = pending.pop()) {
      for (const inner of graph.nodes) {
        for (const name of inner.inputs) this.#captured.add(name);
        for (const { graph: nested } of bodiesOf(inner)) pending.push(nested);
      }
      for (const { name } of graph.outputs) this.#captured.add(name);
    }
  }
}
