import type { ReadContext } from '../context';
import type { ByteSpan, Graph, Node, SparseTensor, Tensor, ValueInfo } from '../model';

export class GraphBuilder {
  name = '';
  readonly nodes: Node[] = [];
  readonly initializers: Tensor[] = [];
  readonly sparseInitializers: SparseTensor[] = [];
  readonly inputs: ValueInfo[] = [];
  readonly outputs: ValueInfo[] = [];
  readonly valueInfo: ValueInfo[] = [];

  finish(_: ReadContext, span: ByteSpan): Graph {
    const { name, nodes, initializers, sparseInitializers, inputs, outputs, valueInfo } = this;
    return { name, nodes, initializers, sparseInitializers, inputs, outputs, valueInfo, span };
  }
}
