import type { AuditReport } from '../audit/finding';
import type { Counting } from '../graph/counting';
import type { Analysis, RepeatedBlock } from '../graph/layer';
import type { Explanation, Figure } from '../graph/explanation';
import type { MemoryProfile } from '../graph/memory/memoryProfile';
import type { EvaluateResult } from '../jobs/evaluate/evaluateModels';
import type { Assessment, AssessmentTotals, FormatOption, GroupFormat, LayerAssessment, LayerDetail, ModelComparison, QuantizeResult, ReportProgress } from '../jobs/records';
import type { ReportedQuantization, ReportFormat } from '../jobs/report/records';
import type { Plan } from '../plan/plan';
import type { WeightScheme } from '../quant/scheme';
import type { RepairResult } from '../jobs/repair/repairModel';
import type { AuditParams, CompareParams, EngineSettings, EvaluateParams, FileSummary, QuantizeParams, RepairParams } from './api';

/** Figures of an earlier assessment that have become known. */
export interface AssessmentUpdate {
  readonly revision: number;
  readonly layers: readonly LayerAssessment[];
  readonly totals: AssessmentTotals;
}

/** One opened model, as the server needs it. */
export interface ServedModel {
  readonly analysis: Analysis;
  readonly blocks: readonly RepeatedBlock[];
  /** Answers at once with what is known; `onUpdate` brings the rest, until the next call or `close`. */
  assess(plan: Plan, revision: number, visible: readonly number[], onUpdate: (update: AssessmentUpdate) => void): Assessment;
  formats(layer: number, plan: Plan, signal: AbortSignal): Promise<readonly FormatOption[]>;
  groupFormats(layers: readonly number[], plan: Plan, signal: AbortSignal): Promise<readonly GroupFormat[]>;
  detail(layer: number, weight: number, scheme: WeightScheme, signal: AbortSignal): Promise<LayerDetail>;
  memory(): MemoryProfile;
  report(format: ReportFormat, quantization: ReportedQuantization, signal: AbortSignal): Promise<string>;
  explain(layer: number | null, figure: Figure): Explanation;
  close(): void;
}

/** What stands behind the wire: the jobs in the product, a fake in tests of the wire. */
export interface EngineService {
  configure(settings: EngineSettings): void;
  open(path: string, dimensions: Readonly<Record<string, number>>, counting: Counting | undefined, signal: AbortSignal): Promise<ServedModel>;
  summarize(path: string, signal: AbortSignal): Promise<FileSummary>;
  analyze(path: string, dimensions: Readonly<Record<string, number>>, signal: AbortSignal): Promise<Analysis>;
  audit(params: AuditParams, report: ReportProgress, signal: AbortSignal): Promise<AuditReport>;
  repair(params: RepairParams, report: ReportProgress, signal: AbortSignal): Promise<RepairResult>;
  compare(params: CompareParams, report: ReportProgress, signal: AbortSignal): Promise<ModelComparison>;
  evaluate(params: EvaluateParams, report: ReportProgress, signal: AbortSignal): Promise<EvaluateResult>;
  quantize(params: QuantizeParams, report: ReportProgress, signal: AbortSignal): Promise<QuantizeResult>;
}
