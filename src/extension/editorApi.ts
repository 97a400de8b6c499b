/**
 * The contract between the editor page (a webview) and the extension host, spoken over `vscode-jsonrpc` on
 * `postMessage`. The page draws; the host owns the document. What arrives from the page is validated by `editorGuards.ts`.
 */
import { NotificationType, RequestType, RequestType0 } from 'vscode-jsonrpc';
import type { Severity } from '../audit/finding';
import type { ErrorData } from '../engine/api';
import type { Layer, ModelInfo, RepeatedBlock, Totals } from '../graph/layer';
import type { Figure } from '../graph/explanation';
import type { OperatorTotals } from '../graph/operatorTotals';
import type { LiveTensor, MemoryProfile } from '../graph/memory/memoryProfile';
import type { Assessment, AssessmentTotals, FormatOption, LayerAssessment, LayerDetail, Progress, QuantizeResult } from '../jobs/records';
import type { EditTarget } from '../plan/plan';
import type { ActivationFormat } from '../quant/activationFormat';
import type { WeightScheme } from '../quant/scheme';

export type { EditTarget, Figure, LiveTensor, MemoryProfile, OperatorTotals };

/** What the plan says about the model as a whole. */
export interface PlanState {
  readonly target: string;
  /** What the samples button shows: the file or folder that the plan names, or that lies beside the model; null: none, models are run on random inputs. */
  readonly samples: string | null;
  /** What activations become; null: they stay float. */
  readonly activations: ActivationFormat | null;
  /** What the target takes. */
  readonly activationFormats: readonly ActivationFormat[];
}

/** Everything needed to draw the page anew; sent on `ready` and whenever the model itself changed. */
export interface EditorState extends PlanState {
  /** Translated texts of the page by key; see `webview/strings.ts` for the keys. */
  readonly strings: Readonly<Record<string, string>>;
  readonly fileName: string;
  readonly planName: string;
  readonly targets: readonly string[];
  /** Grows whenever the layers changed: the page fetches its rows again when it differs from what it has. */
  readonly modelRevision: number;
  /** Null while the engine is opening the file; `failure` says so when it could not. */
  readonly model: ModelInfo | null;
  readonly failure: string | null;
  readonly totals: Totals | null;
  /** How the FLOPs of these figures are counted, in words. */
  readonly counting: string;
  readonly layerCount: number;
  /** Parts of the model that are repeated. */
  readonly blocks: readonly RepeatedBlock[];
  /** What an audit has found, by layer, worst first; nothing while nobody has looked. */
  readonly findings: readonly LayerFinding[];
  readonly assessment: Assessment | null;
  readonly result: QuantizeResult | null;
  readonly job: JobState | null;
  /** Notices to show above the table: "the file changed on disk", "the engine was restarted". */
  readonly notices: readonly Notice[];
}

/** Something that is wrong with a layer that is quantized already. */
export interface LayerFinding {
  readonly layer: number;
  readonly severity: Severity;
  readonly text: string;
}

export interface Notice {
  readonly id: string;
  readonly severity: 'info' | 'warning' | 'error';
  readonly text: string;
  /** Label and command key of the one thing that can be done about it. */
  readonly action: { readonly label: string; readonly key: string } | null;
}

export interface JobState {
  readonly id: string;
  readonly title: string;
  readonly progress: Progress;
  readonly etaMilliseconds: number | null;
}

export interface EditParams {
  readonly target: EditTarget;
  /** null: back to what the rules above say. */
  readonly scheme: WeightScheme | null;
}

/** One tooltip, made by the formatter that all four hovers share. */
export interface HoverText {
  readonly title: string;
  /** Label and value pairs, plain text. */
  readonly lines: readonly (readonly [string, string])[];
  /** "computed over 2,359,296 weights" */
  readonly provenance: string;
}

/** A layer by its index, everything below a name scope, or layers that a row gathers under a label of its own. */
export type HoverSubject = { readonly layer: number } | { readonly scope: readonly string[] } | { readonly title: string; readonly layers: readonly number[] };

export interface ExplainParams {
  readonly layer: number | null;
  readonly figure: Figure;
}

export const ready = new RequestType0<EditorState, ErrorData>('ready');
export const rows = new RequestType<{ readonly start: number; readonly count: number }, readonly Layer[], ErrorData>('rows');
export const formats = new RequestType<{ readonly layer: number }, readonly FormatOption[], ErrorData>('formats');
export const detail = new RequestType<{ readonly layer: number; readonly weight: number; readonly scheme: WeightScheme }, LayerDetail, ErrorData>('detail');
export const hover = new RequestType<HoverSubject, HoverText, ErrorData>('hover');
/** Totals by operator type, in the order in which they are shown. */
export const operators = new RequestType0<readonly OperatorTotals[], ErrorData>('operators');
/** Examples of what the filter understands, each with what it keeps. */
export const filterHelp = new RequestType0<readonly (readonly [example: string, meaning: string])[], ErrorData>('filterHelp');
/** Where a figure of a layer, or of the model (null), comes from. */
export const explain = new RequestType<ExplainParams, HoverText, ErrorData>('explain');
export const memory = new RequestType0<MemoryProfile, ErrorData>('memory');
export const edit = new RequestType<EditParams, void, ErrorData>('edit');
export const setActivations = new RequestType<{ readonly format: ActivationFormat | 'float' }, void, ErrorData>('setActivations');
/** Keeps the activations of layers float, or no longer. */
export const setFloatActivations = new RequestType<{ readonly target: EditTarget; readonly float: boolean }, void, ErrorData>('setFloatActivations');
export const setDimension = new RequestType<{ readonly name: string; readonly value: number | null }, void, ErrorData>('setDimension');
export const setTarget = new RequestType<{ readonly target: string }, void, ErrorData>('setTarget');
/** The layers on show, so that their errors are computed first. */
export const showing = new NotificationType<{ readonly layers: readonly number[] }>('showing');
/** The selected layers, so that commands and the tree follow. */
export const select = new NotificationType<{ readonly layers: readonly number[] }>('select');
/** Runs one of the page's buttons: 'quantize', 'runModels', 'cancel', 'openPlan', 'chooseSamples', 'chooseActivations', 'chooseCounting', 'revealOutput', or a notice's key. */
export const act = new RequestType<{ readonly key: string }, void, ErrorData>('act');

export const didChangeState = new NotificationType<EditorState>('didChangeState');
export const didChangePlan = new NotificationType<PlanState>('didChangePlan');
export const didAssess = new NotificationType<{ readonly revision: number; readonly layers: readonly LayerAssessment[]; readonly totals: AssessmentTotals }>('didAssess');
export const didProgress = new NotificationType<JobState | null>('didProgress');
export const didFinish = new NotificationType<QuantizeResult>('didFinish');
/** Select a row and scroll to it. */
export const reveal = new NotificationType<{ readonly layer: number }>('reveal');
