import type { Analysis, Layer } from '../../src/graph/layer';
import type { AnalyzeOptions, ModelAnalysis } from '../../src/graph/analysis';
import { analyzeModel } from '../../src/graph/analysis';
import { readModel } from '../../src/onnx/readModel';
import { loadBytes } from '../../src/onnx/tensorData';
import { memorySiblings, memorySource } from '../support/memorySource';
import type { GraphParts, ModelParts } from '../support/onnxBuilder';
import { buildModel, graph } from '../support/onnxBuilder';

/** Writes a model, reads it back and analyzes it, as the product does. */
export function analyzeParts(parts: GraphParts, more: Partial<Omit<ModelParts, 'graph'>> & Pick<AnalyzeOptions, 'dimensions' | 'counting'> = {}): ModelAnalysis {
  const { dimensions, counting, ...rest } = more;
  const source = memorySource(buildModel({ graph: graph(parts), ...rest }));
  return analyzeModel(readModel(source), {
    ...(dimensions && { dimensions }),
    ...(counting && { counting }),
    readBytes: (tensor) => loadBytes(tensor, { source, siblings: memorySiblings() }),
  });
}

/** The row of that name. */
export function row(analysis: Analysis, name: string): Layer {
  const found = analysis.layers.find((layer) => layer.name === name);
  if (found === undefined) throw new Error(`no row ${name}; there are ${analysis.layers.map((layer) => layer.name).join(', ')}`);
  return found;
}
