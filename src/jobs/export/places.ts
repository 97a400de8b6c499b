import type { Attribute, Graph, Model, ModelFunction, Node, Tensor } from '../../onnx/model';

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
    for (const graph of subgraphsOf(definition.nodes)) yield* graphBodies(graph, definition);
  }
}

function* graphBodies(root: Graph, around: ModelFunction | null): Iterable<Body> {
  // A list instead of recursion: the reader bounds the nesting, but not by what the stack of this process holds.
  const pending = [root];
  for (let graph = pending.pop(); graph !== undefined; graph = pending.pop()) {
    yield { owner: { kind: 'graph', graph, function: around }, nodes: graph.nodes };
    pending.push(...subgraphsOf(graph.nodes));
  }
}

function* subgraphsOf(nodes: readonly Node[]): Iterable<Graph> {
  for (const node of nodes) {
    for (const attribute of node.attributes.values()) {
      if (attribute.kind === 'graph') yield attribute.value;
      else if (attribute.kind === 'graphs') yield* attribute.value;
    }
  }
}

/** Every tensor that the file stores, once, in no particular order. */
export function* tensorsOf(model: Model): Iterable<Tensor> {
  for (const { owner, nodes } of bodiesOf(model)) {
    if (owner.kind === 'graph') {
      yield* owner.graph.initializers;
      for (const { values, indices } of owner.graph.sparseInitializers) yield* [values, indices];
    }
    for (const node of nodes) for (const attribute of node.attributes.values()) yield* attributeTensors(attribute);
  }
}

function attributeTensors(attribute: Attribute): readonly Tensor[] {
  switch (attribute.kind) {
    case 'tensor':
      return [attribute.value];
    case 'tensors':
      return attribute.value;
    case 'sparse':
      return [attribute.value.values, attribute.value.indices];
    default:
      return [];
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

/** Operator set versions that hold at a place: a function has its own. */
export function opsetsAt(model: Model, place: TensorPlace): ReadonlyMap<string, number> {
  return functionAround(place)?.opsets ?? model.opsets;
}

/** The function whose body a place is in; null in the model's own graphs. */
export function functionAround(place: TensorPlace): ModelFunction | null {
  return place.owner.function;
}
