import { FreshNames } from '../export/freshNames';
import type { ModelFile } from '../modelFile';
import type { ObserveResult } from '../runs/observe';
import type { CalibrateRun } from './calibrateContext';
import { GraphEdits } from './graphEdits';
import { tapModels } from './tapModels';
import type { WatchedValue } from './tapModels';
import { writeVariant } from './variantFile';

/** A copy of a float model that also gives out some of its values. */
export function exposeValues(file: ModelFile, names: readonly string[], { ports, scratch, signal }: CalibrateRun) {
  const edits = new GraphEdits(file.model, new FreshNames(file.model));
  const outputs = new Set(file.model.graph.outputs.map(({ name }) => name));
  edits.expose(names.filter((name) => !outputs.has(name)));
  const changes = { edits: edits.finish(), names: edits.names, opsets: new Map<string, number>(), contents: new Map<string, never>() };
  return writeVariant(file, [], changes, scratch('tapped'), ports, signal);
}

/**
 * Runs a model on samples and observes values of its main graph. Throws what `observe` throws.
 * @param counted whether more than the extremes is wanted.
 */
export async function calibrate(file: ModelFile, values: readonly WatchedValue[], counted: boolean, run: CalibrateRun): Promise<ObserveResult> {
  const groups = await tapModels(file, values, counted, run);
  return run.ports.runner.observe({ ...run.inputs, groups, counted }, run.report, run.signal);
}
