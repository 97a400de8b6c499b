import type { ConventionId } from '../../graph/counting';
import type { Analysis } from '../../graph/layer';
import type { MemoryProfile } from '../../graph/memory/memoryProfile';
import type { OperatorTotals } from '../../graph/operatorTotals';
import type { Assessment, QuantizeResult } from '../records';

/** The forms that a report can take, by the ending of its file. */
export const REPORT_FORMATS = ['html', 'md', 'csv', 'json'] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

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
  /** Of the .onnx file alone, in hexadecimal: data files may hold many gigabytes. */
  readonly sha256: string;
  /** By the names that the model has for them; they need not be there. */
  readonly dataFiles: readonly string[];
  /** FLOPs of the model as each convention counts them. */
  readonly conventions: readonly { readonly id: ConventionId; readonly flops: number }[];
  readonly operators: readonly OperatorTotals[];
  readonly memory: MemoryProfile;
}
