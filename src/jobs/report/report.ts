import { basename } from 'node:path';
import { version } from '../../../package.json';
import { CONVENTIONS } from '../../graph/cost/conventions';
import type { ConventionId } from '../../graph/counting';
import type { Analysis } from '../../graph/layer';
import type { MemoryProfile } from '../../graph/memory/memoryProfile';
import type { OperatorTotals } from '../../graph/operatorTotals';
import { operatorTotals } from '../../graph/operatorTotals';
import { hashFile } from '../hashFile';
import type { ModelFile } from '../modelFile';
import type { Assessment, QuantizeResult } from '../records';

/** What is known of a model's quantization when a report is made. */
export interface ReportedQuantization {
  /** What the plan means; null without a plan. */
  readonly assessment: Assessment | null;
  /** The file that was last written; null when there is none. */
  readonly result: QuantizeResult | null;
}

/** Everything that a report tells, and what it takes to get the same figures again. */
export interface Report extends Analysis, ReportedQuantization {
  /** The version of Nibble that made it. */
  readonly nibble: string;
  /** Of the model file, in hexadecimal. */
  readonly sha256: string;
  /** FLOPs of the model as each convention counts them. */
  readonly conventions: readonly { readonly id: ConventionId; readonly flops: number }[];
  readonly operators: readonly OperatorTotals[];
  readonly memory: MemoryProfile;
}

/** Gathers a report. Reads the file once for its hash; no weights. Throws `changed`, `unreadable` or `cancelled`. */
export async function makeReport(file: ModelFile, { assessment, result }: ReportedQuantization, signal: AbortSignal): Promise<Report> {
  file.checkUnchanged();
  const sha256 = await hashFile(file.path, signal);
  const { model, totals, layers } = file.analysis;
  return {
    nibble: version,
    sha256,
    // Reports are passed on: where the file lies on this machine is nobody's business.
    model: { ...model, file: basename(model.file) },
    totals,
    conventions: CONVENTIONS.map(({ id }) => ({ id, flops: file.flopsBy({ convention: id, weights: {} }) })),
    operators: operatorTotals(layers),
    memory: file.memory,
    assessment,
    result,
    layers,
  };
}
