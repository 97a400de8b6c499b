import type { Graph, Node } from '../onnx/model';

export interface NamedBody {
  readonly name: string;
  readonly graph: Graph;
}

const NONE: readonly NamedBody[] = [];

/** The graphs among a node's attributes, with the names by which rows call them. */
export function bodiesOf(node: Node): readonly NamedBody[] {
  let bodies: NamedBody[] | null = null;
  for (const [name, attribute] of node.attributes) {
    if (attribute.kind === 'graph') (bodies ??= []).push({ name, graph: attribute.value });
    else if (attribute.kind === 'graphs') attribute.value.forEach((graph, index) => (bodies ??= []).push({ name: `${name}[${String(index)}]`, graph }));
  }
  return bodies ?? NONE;
}
