import type { Graph, Model, ModelFunction, Node, Tensor } from './model';
import { graphsOf } from './walk';

export type FindingKind =
  /** A node or an output reads a name that nothing makes. */
  | 'dangling'
  /** Two things make the same name. */
  | 'duplicate'
  /** Two initializers have the same name. */
  | 'ambiguous'
  /** A node reads what a later node makes. */
  | 'order'
  /** Nodes wait for each other in a circle. */
  | 'cycle'
  /** A node's operator set is not imported. */
  | 'opset';

/** A violation of the rules of ONNX IR. */
export interface StructureFinding {
  readonly kind: FindingKind;
  /** A sentence for the person. */
  readonly message: string;
  /** What to call the node; '' when the finding is about none. */
  readonly node: string;
  /** The value's name. */
  readonly value: string;
}

/** More of one kind say nothing new. */
export const MAX_FINDINGS = 100;

/**
 * Checks that a model holds together as a graph: every input is made by something before it, no name is made twice, no
 * nodes wait for each other, every operator set is imported. At most `MAX_FINDINGS` of each kind; none means that it does. What tensors
 * take in bytes has been checked when the file was read. Takes time in proportion to the model, cycles or not.
 */
export function checkStructure(model: Model): readonly StructureFinding[] {
  const check = new StructureCheck();
  check.graph(model.graph, null, model.opsets);
  for (const definition of model.functions) check.function(definition, model.opsets);
  return check.findings;
}

/** Names that a graph can see: its own, then those of the graph around it. */
interface Scope {
  readonly parent: Scope | null;
  /** What has been made so far. */
  readonly made: Set<string>;
  /** Which node of this graph makes a name. */
  readonly makers: ReadonlyMap<string, number>;
}

class StructureCheck {
  readonly findings: StructureFinding[] = [];
  readonly #counts = new Map<FindingKind, number>();

  graph(graph: Graph, parent: Scope | null, opsets: ReadonlyMap<string, number>): void {
    const made = new Set<string>();
    this.#declare(made, graph.inputs.map(({ name }) => name), 'input');
    this.#initializers(made, graph);
    const scope = this.#nodes(graph.nodes, { parent, made, makers: makersOf(graph.nodes) }, opsets);
    for (const { name } of graph.outputs) {
      if (!isVisible(scope, name)) this.#add('dangling', `The graph output '${name}' is made by nothing.`, '', name);
    }
  }

  function(definition: ModelFunction, modelOpsets: ReadonlyMap<string, number>): void {
    const made = new Set<string>();
    this.#declare(made, definition.inputs, 'input');
    const opsets = definition.opsets.size > 0 ? definition.opsets : modelOpsets;
    const scope = this.#nodes(definition.nodes, { parent: null, made, makers: makersOf(definition.nodes) }, opsets);
    for (const name of definition.outputs) {
      if (!isVisible(scope, name)) this.#add('dangling', `The output '${name}' of the function '${definition.name}' is made by nothing.`, '', name);
    }
  }

  #declare(made: Set<string>, names: readonly string[], what: string): void {
    for (const name of names) {
      if (made.has(name)) this.#add('duplicate', `There are two graph ${what}s called '${name}'.`, '', name);
      made.add(name);
    }
  }

  /** An initializer may repeat a graph input: it is that input's default. */
  #initializers(made: Set<string>, graph: Graph): void {
    const seen = new Set<string>();
    const sparse = graph.sparseInitializers.map(({ values }) => values);
    for (const { name } of [...graph.initializers, ...sparse] as readonly Tensor[]) {
      if (seen.has(name)) this.#add('ambiguous', `There are two initializers called '${name}'.`, '', name);
      seen.add(name);
      made.add(name);
    }
  }

  #nodes(nodes: readonly Node[], scope: Scope, opsets: ReadonlyMap<string, number>): Scope {
    // Looked for only when something is out of order, which is never in a sound model.
    let circular: ReadonlySet<number> | undefined;
    const inCycle = (index: number): boolean => (circular ??= nodesInCycles(nodes, scope)).has(index);
    nodes.forEach((node, index) => {
      if (!opsets.has(node.domain)) {
        this.#add('opset', `${callNode(node)} is of the operator domain '${node.domain || 'ai.onnx'}', which the model does not import.`, callNode(node), '');
      }
      for (const input of node.inputs) this.#input(input, node, scope, () => inCycle(index));
      for (const graph of graphsOf(node)) this.graph(graph, scope, opsets);
      for (const output of node.outputs) {
        if (output === '') continue;
        if (scope.made.has(output)) this.#add('duplicate', `${callNode(node)} makes '${output}', which is there already.`, callNode(node), output);
        scope.made.add(output);
      }
    });
    return scope;
  }

  #input(input: string, node: Node, scope: Scope, inCycle: () => boolean): void {
    if (input === '' || isVisible(scope, input)) return;
    const called = callNode(node);
    if (!scope.makers.has(input)) this.#add('dangling', `${called} reads '${input}', which nothing makes.`, called, input);
    else if (inCycle()) this.#add('cycle', `${called} waits for '${input}', which is made from its own output.`, called, input);
    else this.#add('order', `${called} reads '${input}', which is made only after it.`, called, input);
  }

  #add(kind: FindingKind, message: string, node: string, value: string): void {
    const count = this.#counts.get(kind) ?? 0;
    if (count >= MAX_FINDINGS) return;
    this.#counts.set(kind, count + 1);
    this.findings.push({ kind, message, node, value });
  }
}

function callNode({ name, op, outputs }: Node): string {
  return name === '' ? `The ${op} node that makes '${outputs[0] ?? ''}'` : `The node '${name}' (${op})`;
}

function isVisible(scope: Scope, name: string): boolean {
  for (let current: Scope | null = scope; current; current = current.parent) if (current.made.has(name)) return true;
  return false;
}

function makersOf(nodes: readonly Node[]): ReadonlyMap<string, number> {
  const makers = new Map<string, number>();
  nodes.forEach(({ outputs }, index) => {
    for (const output of outputs) if (output !== '' && !makers.has(output)) makers.set(output, index);
  });
  return makers;
}

/**
 * Indices of nodes that can never run because they wait for each other. Those that can run are taken away until none is
 * left that can (Kahn's algorithm), first from the front and then from the back, which leaves the circles and what is
 * between two of them.
 */
function nodesInCycles(nodes: readonly Node[], { makers }: Scope): ReadonlySet<number> {
  const edges = nodes.map(({ inputs }) => new Set(inputs.flatMap((input) => makers.get(input) ?? [])));
  const rest = peel(new Set(nodes.keys()), edges);
  const reversed: Set<number>[] = nodes.map(() => new Set());
  for (const reader of rest) for (const maker of edges[reader]!) if (rest.has(maker)) reversed[maker]!.add(reader);
  return peel(rest, reversed);
}

/** What is left of `members` when those without a needed member are taken away, again and again. */
function peel(members: ReadonlySet<number>, needs: readonly ReadonlySet<number>[]): Set<number> {
  const left = new Set(members);
  const missing = new Map<number, number>();
  const neededBy = new Map<number, number[]>();
  const free: number[] = [];
  for (const member of members) {
    const inside = [...needs[member]!].filter((need) => members.has(need));
    missing.set(member, inside.length);
    if (inside.length === 0) free.push(member);
    for (const need of inside) {
      const readers = neededBy.get(need);
      if (readers) readers.push(member);
      else neededBy.set(need, [member]);
    }
  }
  for (let next = free.pop(); next !== undefined; next = free.pop()) {
    left.delete(next);
    for (const reader of neededBy.get(next) ?? []) {
      const remaining = missing.get(reader)! - 1;
      missing.set(reader, remaining);
      if (remaining === 0) free.push(reader);
    }
  }
  return left;
}
