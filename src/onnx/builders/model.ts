import { NibbleError } from '../../errors';
import type { ReadContext } from '../context';
import type { Graph, Model, ModelFunction } from '../model';

export class ModelBuilder {
  irVersion = 0;
  producerName = '';
  producerVersion = '';
  domain = '';
  modelVersion = 0;
  docString = '';
  graph: Graph | null = null;
  readonly opsets = new Map<string, number>();
  readonly metadata = new Map<string, string>();
  readonly functions: ModelFunction[] = [];

  /** Throws `not-onnx` when the file has no graph. */
  finish({ source }: ReadContext): Model {
    const { graph, irVersion, producerName, producerVersion, domain, modelVersion, docString, opsets, metadata, functions } = this;
    if (graph === null) {
      throw new NibbleError('not-onnx', `${source.name} holds no graph, so it is not an ONNX model. If it is a single tensor or a part of a model, open the model itself.`, { file: source.name });
    }
    return { file: source.name, fileBytes: source.size, irVersion, producerName, producerVersion, domain, modelVersion, docString, opsets, metadata, graph, functions };
  }
}
