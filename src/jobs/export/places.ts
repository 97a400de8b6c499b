import type { Graph, Model, ModelFunction, Node } from '../../onnx/model';
import { graphsOf } from '../../onnx/walk';
import type { StoredWeight } from '../storedWeights';

/** Where a stored tensor is: as an initializer of a graph, or in a Constant node of a graph or function. */
export interface TensorPlace {
  readonly owner: BodyOwner;
  /** The Constant node that holds it; null for an initializer, whose owner is a graph. */
  readonly constant: Node | null;
}

/** What holds nodes: a graph (maybe inside a function), or a function itself, which cannot have initializers. */
export type BodyOwner =
  | { readonly kind: 'graph'; readonly graph: Graph; readonly function: ModelFunction | null }
  | { readonly kind: 'function'; readonly graph: null; readonly function: ModelFunction };

/** One graph or function body, and the function around it. */
export interface Body {
  readonly owner: BodyOwner;
  readonly nodes: readonly Node[];
}

/** Every graph and function body of a model, outer ones first. */
export function* bodiesOf(model: Model): Iterable<Body> {
  yield* graphBodies(model.graph, null);
  for (const definition of model.functions) {
    yield { owner: { kind: 'function', graph: null, function: definition }, nodes: definition.nodes };
    for (const graph of definition.nodes.flatMap(graphsOf)) yield* graphBodies(graph, definition);
  }
}

function* graphBodies(root: Graph, around: ModelFunction | null): Iterable<Body> {
  // A list instead of recursion: the reader bounds the nesting, but not by what the stack of this process holds.
  const pending = [root];
  for (let graph = pending.pop(); graph !== undefined; graph = pending.pop()) {
    yield { owner: { kind: 'graph', graph, function: around }, nodes: graph.nodes };
    pending.push(...graph.nodes.flatMap(graphsOf));
  }
}

/** The places of all initializers and Constant tensors, by where their message starts in the file. */
export function tensorPlaces(model: Model): ReadonlyMap<number, TensorPlace> {
  const places = new Map<number, TensorPlace>();
  for (const { owner, nodes } of bodiesOf(model)) {
    if (owner.kind === 'graph') {
      for (const tensor of owner.graph.initializers) places.set(tensor.span.start, { owner, constant: null });
    }
    for (const node of nodes) {
      const value = node.op === 'Constant' ? node.attributes.get('value') : undefined;
      if (value?.kind === 'tensor') places.set(value.value.span.start, { owner, constant: node });
    }
  }
  return places;
}

/** What the graph calls the value that a stored tensor gives. */
export function valueNameOf({ tensor }: StoredWeight, { constant }: TensorPlace): string {
  return constant?.outputs[0] ?? tensor.name;
}
