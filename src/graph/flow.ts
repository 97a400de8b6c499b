import type { Graph, Node } from '../onnx/model';
import type { Origin, Reader, Scope } from './dataFlow';
import { DataFlow } from './dataFlow';

/** Who makes and who reads the values of one graph, for changes of its wiring: by name, since bodies are left as they are. */
export class Flow {
  readonly #flow: DataFlow;
  readonly #scope: Scope;
  readonly #outputs: ReadonlySet<string>;

  constructor(readonly graph: Graph) {
    this.#flow = new DataFlow({ graph, functions: [], opsets: new Map() });
    this.#scope = this.#flow.main;
    this.#outputs = new Set(graph.outputs.map(({ name }) => name));
  }

  /** The node that makes a value; undefined for inputs and initializers. */
  producer(name: string): Node | undefined {
    const origin = this.#origin(name);
    if (origin?.kind === 'stored') return this.#flow.placeOf(origin.tensor)?.constant ?? undefined;
    return origin?.kind === 'node' ? origin.site.node : undefined;
  }

  /** Where nodes of this graph read a value. */
  readers(name: string): readonly Reader[] {
    return this.#readers(name).filter(({ scope }) => scope === this.#scope);
  }

  /** Whether bodies of nodes read a value or hand it out, or the graph gives it out: then it is needed as it is, by its name. */
  isExposed(name: string): boolean {
    return this.#flow.isResult(this.#scope, name) || this.#readers(name).some(({ scope }) => scope !== this.#scope);
  }

  isOutput(name: string): boolean {
    return this.#outputs.has(name);
  }

  /** Whether a value is stored in the file: an initializer, or what a Constant node gives. */
  isStored(name: string): boolean {
    return this.#origin(name)?.kind === 'stored' || this.producer(name)?.op === 'Constant';
  }

  /** The value that a chain of Identity nodes passes on. */
  origin(name: string): string {
    let origin = name;
    for (let step = 0; step < this.graph.nodes.length; step += 1) {
      const producer = this.producer(origin);
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

  #origin(name: string): Origin | null {
    return this.#flow.origin(this.#scope, name);
  }

  #readers(name: string): readonly Reader[] {
    return this.#flow.readers(this.#scope, name);
  }
}
