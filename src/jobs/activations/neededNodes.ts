import { bodiesOf } from '../../graph/bodies';
import type { Graph, Node } from '../../onnx/model';

/** The nodes of a graph that some of its values depend on, with what bodies of nodes capture. */
export function neededNodes(graph: Graph, values: readonly string[]): ReadonlySet<Node> {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const needed = new Set<Node>();
  const pending = [...values];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = producers.get(name);
    if (node === undefined || needed.has(node)) continue;
    needed.add(node);
    pending.push(...node.inputs);
    const bodies = bodiesOf(node).map((body) => body.graph);
    for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
      // A name that the body makes itself does no harm here.
      pending.push(...body.nodes.flatMap(({ inputs }) => inputs), ...body.outputs.map((output) => output.name));
      bodies.push(...body.nodes.flatMap((inner) => bodiesOf(inner).map((nested) => nested.graph)));
    }
  }
  return needed;
}
