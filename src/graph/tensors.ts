import type { Graph, Model, Node, Tensor } from '../onnx/model';
import { bodiesOf } from './bodies';

/** Every stored tensor of a model: initializers and attributes, in bodies and functions, too. */
export function* storedTensors(model: Model): Generator<Tensor> {
  const graphs: Graph[] = [model.graph];
  for (const callee of model.functions) yield* ofNodes(callee.nodes, graphs);
  for (let graph = graphs.pop(); graph !== undefined; graph = graphs.pop()) {
    yield* graph.initializers;
    for (const { values, indices } of graph.sparseInitializers) yield* [values, indices];
    yield* ofNodes(graph.nodes, graphs);
  }
}

/** Tensors among the nodes' attributes; graphs found there are added to `graphs`. */
function* ofNodes(nodes: readonly Node[], graphs: Graph[]): Generator<Tensor> {
  for (const node of nodes) {
    if (node.attributes.size === 0) continue;
    for (const attribute of node.attributes.values()) {
      if (attribute.kind === 'tensor') yield attribute.value;
      else if (attribute.kind === 'tensors') yield* attribute.value;
      else if (attribute.kind === 'sparse') yield* [attribute.value.values, attribute.value.indices];
    }
    for (const { graph } of bodiesOf(node)) graphs.push(graph);
  }
}
