import type { Graph, Model, Node, Tensor } from './model';

/** The graphs that a node carries in its attributes: branches and loop bodies. */
export function graphsOf(node: Node): readonly Graph[] {
  const graphs: Graph[] = [];
  for (const attribute of node.attributes.values()) {
    if (attribute.kind === 'graph') graphs.push(attribute.value);
    else if (attribute.kind === 'graphs') graphs.push(...attribute.value);
  }
  return graphs;
}

/** Every dense tensor that a model stores: initializers and tensors in attributes, in all graphs and functions. */
export function* tensorsOf(model: Pick<Model, 'graph' | 'functions'>): Generator<Tensor> {
  yield* tensorsOfGraph(model.graph);
  for (const { nodes } of model.functions) yield* tensorsOfNodes(nodes);
}

function* tensorsOfGraph(graph: Graph): Generator<Tensor> {
  yield* graph.initializers;
  for (const { values, indices } of graph.sparseInitializers) yield* [values, indices];
  yield* tensorsOfNodes(graph.nodes);
}

function* tensorsOfNodes(nodes: readonly Node[]): Generator<Tensor> {
  for (const { attributes } of nodes) {
    for (const attribute of attributes.values()) {
      if (attribute.kind === 'tensor') yield attribute.value;
      else if (attribute.kind === 'tensors') yield* attribute.value;
      else if (attribute.kind === 'sparse') yield* [attribute.value.values, attribute.value.indices];
      else if (attribute.kind === 'graph') yield* tensorsOfGraph(attribute.value);
      else if (attribute.kind === 'graphs') for (const graph of attribute.value) yield* tensorsOfGraph(graph);
    }
  }
}
