/**
 * The contract between the extension host and the engine process: every request and event, spoken over
 * `vscode-jsonrpc`. Sizes are bytes, times milliseconds. Every long request can be cancelled by its token and reports
 * through `jobProgress` with the job id that the caller chose. Errors carry the `ErrorReason` as `data.reason`.
 */
import { NotificationType, RequestType, RequestType0 } from 'vscode-jsonrpc';
import type { AuditReport } from '../audit/finding';
import type { ErrorReason, ErrorSubject } from '../errors';
import type { Counting } from '../graph/counting';
import type { Analysis, Layer, ModelInfo, RepeatedBlock, Totals } from '../graph/layer';
import type { Explanation, Figure } from '../graph/explanation';
import type { MemoryProfile } from '../graph/memory/memoryProfile';
import type { EvaluateResult } from '../jobs/evaluate/evaluateModels';
import type { Assessment, FormatOption, GroupFormat, LayerAssessment, AssessmentTotals, LayerDetail, Progress, QuantizeResult, ModelComparison } from '../jobs/records';
import type { ReportedQuantization, ReportFormat } from '../jobs/report/records';
import type { RepairResult } from '../jobs/repair/repairModel';
import type { Plan } from '../plan/plan';
import type { WeightScheme } from '../quant/scheme';

/** Layers in the answer to `open` and at most in one answer to `layers`: some 100 kB of message. */
export const LAYERS_PER_PAGE = 500;

/** Identifies one opened model inside one engine process. */
export type ModelId = number;

export interface EngineSettings {
  /** Worker threads; 0: as many as the machine has cores. */
  readonly threads: number;
  /** Most memory that the worker threads may take together, with their buffers; what a job holds beside them is small and has limits of its own. */
  readonly memoryLimitBytes: number;
}

export interface ErrorData {
  readonly reason: ErrorReason;
  readonly subject: ErrorSubject;
}

export interface OpenParams {
  readonly path: string;
  readonly dimensions: Readonly<Record<string, number>>;
  /** How FLOPs are counted; strictly when it is left out. */
  readonly counting?: Counting;
}

/** Everything but the layers, which are fetched in pages so that no message is large. */
export interface OpenResult {
  readonly id: ModelId;
  readonly model: ModelInfo;
  readonly totals: Totals;
  readonly layerCount: number;
  /** The first page. */
  readonly layers: readonly Layer[];
}

export interface LayersParams {
  readonly id: ModelId;
  readonly start: number;
  readonly count: number;
}

export interface AssessParams {
  readonly id: ModelId;
  readonly plan: Plan;
  readonly revision: number;
  /**
   * The revision of the last answer that the caller took over. When it is also the last that was sent, the new answer holds
   * only the layers that differ from it and from the `didAssess` events since; null: all layers.
   */
  readonly since: number | null;
  /** Layers on show: their errors are computed first. */
  readonly visible: readonly number[];
}

export interface FormatsParams {
  readonly id: ModelId;
  readonly layer: number;
  readonly plan: Plan;
}

export interface GroupFormatsParams {
  readonly id: ModelId;
  readonly layers: readonly number[];
  readonly plan: Plan;
}

export interface DetailParams {
  readonly id: ModelId;
  readonly layer: number;
  readonly weight: number;
  readonly scheme: WeightScheme;
}

export interface ExplainParams {
  readonly id: ModelId;
  /** Null: the whole model. */
  readonly layer: number | null;
  readonly figure: Figure;
}

export interface ReportParams extends ReportedQuantization {
  readonly id: ModelId;
  readonly format: ReportFormat;
}

export interface QuantizeParams {
  readonly job: string;
  readonly path: string;
  readonly plan: Plan;
  readonly output: string;
  /** Sample inputs: a file or folder; null: those of the plan, else random ones. */
  readonly samples: string | null;
  /** Run float and quantized model; 'auto' leaves it out above the memory limit and says so. */
  readonly run: 'auto' | 'yes' | 'no';
}

export interface EvaluateParams {
  readonly job: string;
  /** The model that is judged. */
  readonly path: string;
  /** The model that it was made from. */
  readonly against: string;
  /** Sample inputs: a file or folder; null: random inputs. */
  readonly samples: string | null;
  readonly dimensions: Readonly<Record<string, number>>;
}

export interface CompareParams {
  readonly job: string;
  /** The reference. */
  readonly first: string;
  readonly second: string;
  /** Values for symbolic input dimensions, of both models. */
  readonly dimensions: Readonly<Record<string, number>>;
  /** The plan that the second model should follow, with its name for messages; null: none. */
  readonly plan: { readonly name: string; readonly plan: Plan } | null;
}

export interface AuditParams {
  readonly job: string;
  readonly path: string;
  /** The float model that it was made from; null: not known. */
  readonly against: string | null;
}

export interface RepairParams {
  readonly job: string;
  readonly path: string;
  readonly output: string;
}

export interface AnalyzeParams {
  readonly path: string;
  readonly dimensions: Readonly<Record<string, number>>;
}

/** The facts that lists of files show. */
export interface FileSummary {
  readonly fileBytes: number;
  /** Bytes of the weights as stored. */
  readonly weightBytes: number;
  readonly parameters: number;
  readonly macs: number;
  readonly unresolved: number;
}

export const configure = new RequestType<EngineSettings, void, ErrorData>('configure');
export const ping = new RequestType0<{ readonly pid: number }, ErrorData>('ping');
export const open = new RequestType<OpenParams, OpenResult, ErrorData>('open');
export const layers = new RequestType<LayersParams, readonly Layer[], ErrorData>('layers');
/** Parts of the model that are repeated: not in the answer to `open`, because they take longer than the first rows should. */
export const blocks = new RequestType<{ readonly id: ModelId }, readonly RepeatedBlock[], ErrorData>('blocks');
export const close = new RequestType<{ readonly id: ModelId }, void, ErrorData>('close');
export const assess = new RequestType<AssessParams, Assessment, ErrorData>('assess');
export const formats = new RequestType<FormatsParams, readonly FormatOption[], ErrorData>('formats');
export const groupFormats = new RequestType<GroupFormatsParams, readonly GroupFormat[], ErrorData>('groupFormats');
export const detail = new RequestType<DetailParams, LayerDetail, ErrorData>('detail');
export const memory = new RequestType<{ readonly id: ModelId }, MemoryProfile, ErrorData>('memory');
export const report = new RequestType<ReportParams, string, ErrorData>('report');
export const explain = new RequestType<ExplainParams, Explanation, ErrorData>('explain');
export const quantize = new RequestType<QuantizeParams, QuantizeResult, ErrorData>('quantize');
/** Runs two models side by side, whatever memory that takes. */
export const evaluate = new RequestType<EvaluateParams, EvaluateResult, ErrorData>('evaluate');
/** What is wrong with a model that is already quantized. */
export const audit = new RequestType<AuditParams, AuditReport, ErrorData>('audit');
/** Writes a copy without the findings that have an exact repair. */
export const repair = new RequestType<RepairParams, RepairResult, ErrorData>('repair');
/** Reports its progress like `quantize`. */
export const compare = new RequestType<CompareParams, ModelComparison, ErrorData>('compare');
export const analyze = new RequestType<AnalyzeParams, Analysis, ErrorData>('analyze');
export const summarize = new RequestType<{ readonly path: string }, FileSummary, ErrorData>('summarize');

/** Figures that were pending in an earlier `assess` and are there now. Only the newest revision is reported. */
export const didAssess = new NotificationType<{
  readonly id: ModelId;
  readonly revision: number;
  readonly layers: readonly LayerAssessment[];
  readonly totals: AssessmentTotals;
}>('didAssess');

export const jobProgress = new NotificationType<{ readonly job: string; readonly progress: Progress; readonly etaMilliseconds: number | null }>('jobProgress');
