import type { ModelRunner } from '../evaluate/modelRunner';
import type { ModelFile } from '../modelFile';
import type { ReportProgress } from '../records';
import type { RunInputs } from '../runs/runRequest';
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
