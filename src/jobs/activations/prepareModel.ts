import { Flow } from '../../graph/flow';
import { FreshNames } from '../export/freshNames';
import type { ExportChanges } from '../export/layoutExport';
import type { ModelFile } from '../modelFile';
import type { CalibrateRun } from './calibrateContext';
import { foldAffines } from './foldAffine';
import { raiseToChannels } from './raiseToChannels';
import { joinBiases } from './joinBiases';
import { GraphEdits } from './graphEdits';
import { storedTensors } from './stored';
import { writeVariant } from './variantFile';

/**
 * A float model that computes the same and is easier to quantize: what can be folded into convolutions is, and products have
 * their biases. The file itself when there is nothing to do.
 */
export async function prepareModel(file: ModelFile, run: CalibrateRun): Promise<ModelFile> {
  const edits = new GraphEdits(file.model, new FreshNames(file.model));
  const flow = new Flow(file.model.graph);
  const stored = storedTensors(file.model.graph);
  const changes = foldAffines(file, flow, stored, edits) + joinBiases(file, flow, stored, edits) + raiseToChannels(file, edits);
  if (changes === 0) return file;
  return writeFloat(file, edits, run);
}

/** Writes a changed float model, whose layers keep their names, and opens it; who made the run closes it. */
export async function writeFloat(file: ModelFile, edits: GraphEdits, { ports, scratch, open, signal }: CalibrateRun): Promise<ModelFile> {
  keepNames(file, edits);
  const changes: ExportChanges = { edits: edits.finish(), names: edits.names, opsets: new Map(), contents: new Map() };
  const { path } = await writeVariant(file, [], changes, scratch('float'), ports, signal);
  return open(path);
}

/** Layers without a name are called by their place, which changes with the nodes around them: writes out what they are called. */
function keepNames({ analysis, sites }: ModelFile, edits: GraphEdits): void {
  const own = new Set(edits.model.graph.nodes);
  analysis.layers.forEach(({ name }, index) => {
    const { node } = sites[index]!;
    if (node.name === '' && own.has(node)) edits.rename(node, name);
  });
}
