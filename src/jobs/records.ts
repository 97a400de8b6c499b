import type { DataType } from '../onnx/dtypes';
import type { ActivationFormat } from '../quant/activationFormat';
import type { ActivationRangeMethod } from '../quant/observe/activationRange';
import type { Granularity, WeightFormat, WeightScheme } from '../quant/scheme';

/** What a job reports while it runs. `total` 0: not known yet. */
export interface Progress {
  /** What is being done, for a person: "Quantizing weights". */
  readonly step: string;
  readonly done: number;
  readonly total: number;
  readonly unit: 'bytes' | 'layers' | 'runs';
}

export type ReportProgress = (progress: Progress) => void;

/** The error of one tensor under one scheme, computed over every element (double accumulation). */
export interface WeightError {
  /** 10·log10(Σx² / Σ(x−x̂)²); `Infinity` when exact (JSON shows null beside a maxError of 0), null when Σx² is 0. */
  readonly sqnrDb: number | null;
  /** max |x − x̂|, in the weights' own unit. */
  readonly maxError: number;
  /** Σx² and Σ(x−x̂)², so that layers can be added up. */
  readonly signal: number;
  readonly noise: number;
}

/** How far the weights of one model are from those of another, computed over every element. */
export interface WeightDifference extends WeightError {
  readonly elements: number;
  /** Elements that differ at all. */
  readonly different: number;
}

/** State of one layer's weight figures in an assessment. */
export type AssessmentState =
  /** Figures are exact, over all elements. */
  | 'computed'
  /** Being computed in the background; a `didAssess` event will bring them. */
  | 'pending'
  /** Kept float because the plan says so. */
  | 'float'
  /** Kept float although the plan asks for a format; `reason` says why. */
  | 'skipped'
  /** The operator has no weights. */
  | 'none';

/** What the plan means for one layer. Plain data. */
export interface LayerAssessment {
  readonly layer: number;
  readonly scheme: WeightScheme;
  readonly state: AssessmentState;
  /** Why it is skipped or differs from what the plan asks; '' when there is nothing to say. */
  readonly reason: string;
  readonly sqnrDb: number | null;
  readonly maxError: number | null;
  /** Bytes of this layer's constants before and after, scales and zero points included. Shared tensors count at their first user. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Left out where the plan leaves all activations float, and for operators that never compute on codes. */
  readonly activations?: AssessedActivations;
}

/** What a plan that quantizes activations means for a layer, by the rules of its target. Graph preparation may still change it. */
export interface AssessedActivations {
  /** Type of what the layer reads; null: it stays float. */
  readonly format: ActivationFormat | null;
  /** Whether it stays float because the plan says so of this layer. */
  readonly byPlan: boolean;
  /** Why it stays float, as a part of a sentence; '' when it does not. */
  readonly why: string;
  /** What will compute the layer. */
  readonly kernel: string;
}

/** What the plan means for the whole model. */
export interface Assessment {
  /** Grows with every change of plan; a view drops answers older than the newest it has seen. */
  readonly revision: number;
  readonly layers: readonly LayerAssessment[];
  readonly totals: AssessmentTotals;
}

export interface AssessmentTotals {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Over all quantized weights whose error is known. */
  readonly sqnrDb: number | null;
  /** Stored bits per parameter, scales and zero points included. */
  readonly averageBits: number;
  /** Layers whose error is still being computed. */
  readonly pending: number;
}

/** One format that a layer could have, with what it would cost. */
export interface FormatOption {
  readonly scheme: WeightScheme;
  readonly chosen: boolean;
  readonly sqnrDb: number | null;
  readonly maxError: number | null;
  /** Of the whole layer, its bias included, so that it compares with the layer's own figure. */
  readonly bytes: number;
  /** How the target will run the layer with it ("MatMulNBits", "float Conv: weights are dequantized at every inference"). */
  readonly kernel: string;
  /** Why it cannot be chosen; '' when it can. */
  readonly refusal: string;
}

/** One format that several layers could have, with what it would come to. */
export interface GroupFormat {
  readonly scheme: WeightScheme;
  /** All of them have it now. */
  readonly chosen: boolean;
  /** How many can have it, and how many of these are in the error. */
  readonly layers: number;
  readonly measured: number;
  readonly lowestSqnrDb: number | null;
  /** Of all layers together, those that cannot have it included, shared weights once. */
  readonly bytes: number;
  /** How the target will run those that can have it. */
  readonly kernels: readonly string[];
  /** The layers that would stay as they are, and why the first of them would; null: none. */
  readonly refused: { readonly layers: number; readonly first: string; readonly reason: string } | null;
}

/** A histogram with `counts.length` equal bins over [low, high]. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

/** What the detail panel shows of one weight tensor of a layer. */
export interface LayerDetail {
  readonly layer: number;
  /** Index into the layer's `weights`. */
  readonly weight: number;
  readonly scheme: WeightScheme;
  readonly values: Histogram;
  /** Dequantized value of each code of one group (see `levelsOf`); empty above 256 levels or for float. */
  readonly levels: readonly number[];
  /** Which group the levels belong to, for a person: "channel 0", "whole tensor". */
  readonly levelsOf: string;
  readonly errors: Histogram | null;
  /** Smallest and largest value of each channel, at most `MAX_CHANNELS_SHOWN`; further channels are merged into equal groups. */
  readonly channels: readonly { readonly label: string; readonly low: number; readonly high: number }[];
  readonly channelCount: number;
  readonly elements: number;
  readonly zeros: number;
  readonly mean: number;
  readonly deviation: number;
}

/** One layer of a written file. */
export interface QuantizedLayer {
  readonly name: string;
  readonly op: string;
  readonly weights: readonly QuantizedWeight[];
}

export interface QuantizedWeight {
  readonly tensor: string;
  /** What one number takes in the model that was given: `int8` where it is quantized already, also if several share a byte. */
  readonly stored: DataType;
  /** `float` also for a weight that stays as it is `stored`. */
  readonly format: WeightFormat;
  readonly symmetric: boolean;
  readonly granularity: Granularity;
  readonly sqnrDb: number | null;
  readonly maxError: number;
  /** Bytes of everything that is stored for it, scales and zero points included, read back from the written file. */
  readonly bytes: { readonly before: number; readonly after: number };
  /** '' or why it stayed float. */
  readonly skipped: string;
}

/** How far one output moved between the float and the quantized model: measured by running both. */
export interface OutputError {
  readonly name: string;
  /** Infinite, which JSON makes null, when nothing differs; null where the float output is zero or NaN throughout. */
  readonly sqnrDb: number | null;
  /** Null when the float output holds no number to compare with. */
  readonly maxError: number | null;
  readonly samples: number;
  readonly source: 'samples' | 'random';
  /** Share of samples whose largest element along the last axis is the same; null where that means nothing. */
  readonly sameTop1: number | null;
}

/** How the activations of a written model are quantized, and how that was decided. */
export interface QuantizedActivationsResult {
  readonly format: ActivationFormat;
  /** How ranges were found. */
  readonly method: ActivationRangeMethod;
  /** Whether the ranges of channels were evened out before, by factors that weights and added Mul take up. */
  readonly equalized: boolean;
  /** What the ranges were found on. Ranges from random inputs are a guess. */
  readonly source: 'samples' | 'random';
  readonly samples: number;
  /** Mean SQNR of the outputs on these samples, before a final Softmax or Sigmoid; null when it could not be measured. */
  readonly sqnrDb: number | null;
  /** Values whose ranges were given, and not looked for. */
  readonly givenRanges: number;
  /** Everything that was tried, the chosen one among it. */
  readonly tried: readonly { readonly method: ActivationRangeMethod; readonly equalized: boolean; readonly sqnrDb: number | null }[];
  /** Layers that read quantized activations. */
  readonly layers: readonly { readonly name: string; readonly op: string; readonly output: 'quantized' | 'float'; readonly why: string }[];
  /** What computes each layer that multiplies, as onnxruntime itself says of the written file; empty when it could not be asked. */
  readonly kernels: readonly LayerKernel[];
  /** Share of the multiply-accumulates in integer kernels; null when it is not known. */
  readonly integerMacs: number | null;
  /** Whether onnxruntime was asked for the kernels; else they are what the rules of the target say. */
  readonly verified: boolean;
  /** Layers with weights whose activations stay float. */
  readonly float: readonly { readonly name: string; readonly op: string; readonly why: string }[];
}

/** The range of an activation, and what it was found from. */
export interface CalibratedRange {
  readonly tensor: string;
  /** What codes are made for. */
  readonly low: number;
  readonly high: number;
  /** The extremes over all samples, and the samples that brought them. */
  readonly seen: { readonly low: number; readonly high: number; readonly lowSample: string; readonly highSample: string } | null;
}

/** Result of `calibrate`. */
export interface CalibrationResult {
  readonly format: ActivationFormat;
  readonly method: ActivationRangeMethod;
  readonly source: 'samples' | 'random';
  readonly samples: number;
  /** As `QuantizedActivationsResult.sqnrDb`, of the model as it is, with these ranges. */
  readonly sqnrDb: number | null;
  readonly tried: readonly { readonly method: ActivationRangeMethod; readonly sqnrDb: number | null }[];
  readonly ranges: readonly CalibratedRange[];
  readonly notes: readonly string[];
  readonly milliseconds: number;
}

/** What computes a layer. */
export interface LayerKernel {
  readonly layer: string;
  /** The operator that onnxruntime made of it ("QLinearConv"); where another runtime will run the model, what its rules say. */
  readonly kernel: string;
  readonly integer: boolean;
  /** What the rules of the target say; differs from `kernel` where they are wrong. */
  readonly predicted: string;
}

/** Result of `quantize`. */
export interface QuantizeResult {
  readonly output: string;
  /** External data file beside it, when there is one. */
  readonly externalData: string | null;
  /** Whole files, external data included. */
  readonly bytes: { readonly before: number; readonly after: number };
  readonly weightBytes: { readonly before: number; readonly after: number };
  readonly layers: readonly QuantizedLayer[];
  /** Null when only weights are quantized. */
  readonly activations: QuantizedActivationsResult | null;
  /** Empty when the models were not run; `notRun` says why. */
  readonly outputs: readonly OutputError[];
  readonly notRun: string;
  /** Accuracy on labelled samples, when there are labels. */
  readonly accuracy: { readonly before: number; readonly after: number; readonly samples: number } | null;
  /** Everything that was skipped, clipped or not applied, as sentences that name the layer. */
  readonly notes: readonly string[];
  readonly milliseconds: number;
}

/** Totals of one of two models that are compared. */
export interface ComparedModel {
  readonly file: string;
  /** The file with its external data. */
  readonly bytes: number;
  readonly layers: number;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly macs: number;
  /** Layers with an unknown figure. */
  readonly unresolved: number;
  /** SHA-256 of the model file. */
  readonly sha256: string;
}

/** One of two layers that are taken for the same one. */
export interface ComparedSide {
  readonly layer: number;
  readonly name: string;
  /** The float operators that it does the work of. */
  readonly standsFor: readonly string[];
  /** How its weights are written; null: it has none. */
  readonly format: StoredFormat | null;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly macs: number | null;
}

/** How weights are written in a file. */
export interface StoredFormat {
  readonly dataType: DataType;
  readonly bits: number;
  /** null for formats without scales. */
  readonly granularity: Granularity | null;
  /** null: not known, or no codes. */
  readonly symmetric: boolean | null;
}

/** What the plan asks for a layer and the second model has otherwise. */
export interface UnmetWish {
  readonly scheme: WeightScheme;
  /** Why quantizing would not follow the plan either, as a part of a sentence; '' when it would. */
  readonly reason: string;
}

/** A row of a comparison: a layer of both models, or of one of them. */
export interface ComparedLayer {
  readonly first: ComparedSide | null;
  readonly second: ComparedSide | null;
  /** How the two were found to be the same: by name, by their weights' names or contents, by their place; null: it is in one model only. */
  readonly match: 'name' | 'weights' | 'content' | 'place' | null;
  /** Layers of the first model that the second one's operator does as well. */
  readonly absorbed: readonly string[];
  /** Of the weights that could be compared; null: none could, or there are none. */
  readonly difference: WeightDifference | null;
  /** Why weights were not compared, as a part of a sentence; '' when all were. */
  readonly notCompared: string;
  readonly unmet: UnmetWish | null;
}

/** Result of `compare`: two files, layer by layer. */
export interface ModelComparison {
  readonly first: ComparedModel;
  readonly second: ComparedModel;
  /** In the order of the first model; layers of the second alone follow the layer that they follow there. */
  readonly layers: readonly ComparedLayer[];
  /** Over all weights that were compared; null: none. */
  readonly difference: WeightDifference | null;
  /** The plan that the second model was held against; null: none. */
  readonly plan: string | null;
  readonly notes: readonly string[];
}
