import { FreshNames } from '../export/freshNames';
import type { ModelFile } from '../modelFile';
import type { ReportProgress } from '../records';
import type { ModelRunner } from '../evaluate/modelRunner';
import type { ObserveResult, Tap } from '../runs/observe';
import type { RunInputs } from '../runs/runRequest';
import { GraphEdits } from './graphEdits';
import { writeVariant } from './variantFile';
import type { VariantPorts } from './variantFile';

export interface CalibratePorts extends VariantPorts {
  readonly runner: ModelRunner;
}

/** Where to look at a model: a place for files, what to run it on, and who wants to know. */
export interface CalibrateRun {
  readonly ports: CalibratePorts;
  readonly inputs: RunInputs;
  /** A file of ranges that are known already; null: none. */
  readonly ranges: string | null;
  /** Makes a path for a file that is of no use afterwards. */
  readonly scratch: (name: string) => string;
  /** Opens a float model that was written there. It is closed in the end. */
  readonly open: (path: string) => ModelFile;
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** A copy of a float model that also gives out some of its values. */
export function exposeValues(file: ModelFile, names: readonly string[], { ports, scratch, signal }: CalibrateRun) {
  const edits = new GraphEdits(file.model, new FreshNames(file.model));
  const outputs = new Set(file.model.graph.outputs.map(({ name }) => name));
  edits.expose(names.filter((name) => !outputs.has(name)));
  const changes = { edits: edits.finish(), names: edits.names, opsets: new Map<string, number>(), contents: new Map<string, never>() };
  return writeVariant(file, [], changes, scratch('tapped'), ports, signal);
}

/** Runs a model on samples and observes values of its main graph. Throws what `observe` throws. */
export async function calibrate(file: ModelFile, taps: readonly Tap[], run: CalibrateRun): Promise<ObserveResult> {
  const model = await exposeValues(file, taps.map(({ name }) => name), run);
  return run.ports.runner.observe({ ...run.inputs, model, taps }, run.report, run.signal);
}
