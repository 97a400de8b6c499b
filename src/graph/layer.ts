import type { DataType } from '../onnx/dtypes';
import type { Counting } from './counting';
import type { Graph, ModelFunction, Node, Tensor } from '../onnx/model';

/** A dimension in a record: a number, or the text of a symbol or expression that a person can set (`batch`, `2*seq`). */
export type ShapeDim = number | string;

/** null: not known; the layer's `unresolved` says why. */
export type Shape = readonly ShapeDim[] | null;

/** A tensor of weights that an operator multiplies with or looks up in, and what quantizing it has to know. */
export interface LayerWeight {
  /** Identifies the stored tensor in this model: equal for layers that share it. See `tensorKey`. */
  readonly key: string;
  /** The initializer's or Constant's name, as the file has it. */
  readonly tensor: string;
  /** Which input of the node it feeds. */
  readonly input: number;
  readonly dataType: DataType;
  readonly dims: readonly number[];
  /** Unique elements; 0-dim tensors have 1. */
  readonly elements: number;
  /** Bytes as stored. */
  readonly bytes: number;
  /** The axis that must carry one scale per channel for this operator; −1 where a Reshape before it mixes that axis with others. */
  readonly channelAxis: number;
  /** The axis along which blocks run (the reduction axis); −1 as above. */
  readonly blockAxis: number;
  /** Null when it can be quantized; else the reason, as a sentence part ("its type is int64"). */
  readonly obstacle: string | null;
  /** Names of the other layers that use the same stored tensor. */
  readonly sharedWith: readonly string[];
}

/** How many values share a scale: the whole tensor, one channel of the operator's axis, or `block` values along its reduction axis. */
export type Granularity = 'tensor' | 'channel' | { readonly block: number };

/** The smallest and the largest of some numbers. */
export interface NumberRange {
  readonly low: number;
  readonly high: number;
}

/** How the numbers of a tensor are written: as codes with scales, or in half precision. */
export interface NumberFormat {
  /** What one number takes: `int4` also where a packed operator stores two in a byte. */
  readonly dataType: DataType;
  readonly bits: number;
  /** null for formats without scales. */
  readonly granularity: Granularity | null;
  /** True when every zero point is the middle code; null when that cannot be told from the structure. */
  readonly symmetric: boolean | null;
  /** null when they are computed at run time, too many to look at, or there are none. */
  readonly scales: NumberRange | null;
  readonly zeroPoints: NumberRange | null;
  /** True when scale and zero point are computed anew at every run. */
  readonly dynamic: boolean;
}

/** The format of a layer's weights, with what they take. */
export interface StoredNumbers extends NumberFormat {
  /** Weights that the codes stand for. */
  readonly elements: number;
  /** Bytes of the codes alone, and of what goes with them: scales and zero points. */
  readonly codeBytes: number;
  readonly scaleBytes: number;
}

/**
 * How a layer is written in a file that is quantized, optimized or in half precision already.
 * - `qdq`: a float operator between QuantizeLinear and DequantizeLinear, or over dequantized weights only.
 * - `integer`: an operator on codes with fixed scales, such as QLinearConv.
 * - `dynamic`: an operator on codes whose activations get their scale at every run.
 * - `packed`: an operator that takes packed codes itself, such as MatMulNBits.
 * - `fused`: several float operators in one.
 * - `float16`: weights or activations in half precision.
 * - `float`: single precision with helpers around it, such as the Casts of a file in half precision.
 */
export type LogicalForm = 'qdq' | 'integer' | 'dynamic' | 'packed' | 'fused' | 'float16' | 'float';

/** An operator that has no row of its own, because it only serves the layer whose row it is in. */
export interface LayerMember {
  /** As if it were a layer: unique in the model. */
  readonly name: string;
  readonly op: string;
}

/** What a row of an already quantized, optimized or half-precision model stands for. */
export interface LogicalLayer {
  readonly form: LogicalForm;
  /** The float operators that it does the work of, the main one first: `Conv`, `Relu` for a FusedConv. */
  readonly standsFor: readonly string[];
  /** null: float, or no weights. */
  readonly weights: StoredNumbers | null;
  /** Of the first input that is not a constant; null: float. */
  readonly activations: NumberFormat | null;
  /** Of what it gives on; null: float. */
  readonly output: NumberFormat | null;
  /** Operators whose figures are in this row's, in execution order; the layer's own is not among them. */
  readonly members: readonly LayerMember[];
}

/** Why a figure of a layer is unknown: the first operator and dimension that block it. */
export interface Unresolved {
  readonly reason: string;
  /** The layer where the chain of unknowns starts; this layer's own name when it starts here. */
  readonly blockedBy: string;
}

/**
 * One row of the layer table: one operator of the graph, of a subgraph, or of a function body, with the operators that only
 * quantize, dequantize or cast for it (`logical.members`), whose figures are in the row's. Plain data; crosses processes.
 */
export interface Layer {
  /** Position in execution order over the whole model; subgraph and function rows follow their caller. */
  readonly index: number;
  /** Unique in the model; what plans, commands and messages call it. See `naming.ts` for empty and duplicate names. */
  readonly name: string;
  /** Name scopes, outermost first: ['layer1', 'layer1.0', 'conv1']; empty where the name has none. */
  readonly scope: readonly string[];
  readonly op: string;
  readonly domain: string;
  readonly inputShapes: readonly Shape[];
  readonly outputShapes: readonly Shape[];
  /** Elements of float constants first used here (weights, biases, norms); a tensor shared by several layers counts at its first user. */
  readonly parameters: number;
  /** Bytes as stored of the constants first used here. */
  readonly weightBytes: number;
  /** Strict multiply-accumulates; null when unknown. */
  readonly macs: number | null;
  /** By the convention of the totals' `counting`; strict: 2 × macs + other operations. Null when unknown. */
  readonly flops: number | null;
  /** Bytes of the outputs, 0 for views; null when unknown. */
  readonly activationBytes: number | null;
  /** Bytes that it reads and writes: every input, weights included, and every output once; see `traffic.ts`. Null when unknown. */
  readonly movedBytes: number | null;
  /** Arithmetic intensity: flops / movedBytes. Null when unknown or when nothing moves. */
  readonly intensity: number | null;
  readonly unresolved: Unresolved | null;
  /** In the branch of an If that totals of macs, flops and activations leave out: the cheaper one, or the one that a constant condition rules out. */
  readonly untaken?: true;
  /** Weights that can have a scheme; empty for operators without weights. */
  readonly weights: readonly LayerWeight[];
  /** Left out for plain float layers. */
  readonly logical?: LogicalLayer;
  /** Why an operator that only serves others has a row of its own, as a part of a sentence. */
  readonly unfolded?: string;
}

/** Where a layer and its weights are in the structure: what jobs need beyond the record. Never crosses processes. */
export interface LayerSite {
  readonly node: Node;
  /** Parallel to `Layer.logical.members`. */
  readonly members: readonly Node[];
  /** Parallel to `Layer.weights`. */
  readonly weights: readonly WeightSite[];
}

/** How a weight reaches its operator. */
export interface WeightSite {
  readonly tensor: Tensor;
  /** The value name that the operator reads; differs from the tensor's name behind Identity chains. */
  readonly valueName: string;
  /** The Constant node that holds it, when it is not an initializer. */
  readonly constant: Node | null;
  /** The graph, body or function that stores it: where a DequantizeLinear for it belongs. */
  readonly owner: Graph | ModelFunction;
  /** How its codes become weights; null when it holds the weights themselves. */
  readonly coding: WeightCoding | null;
}

/** Where the scales of stored codes are. Never crosses processes. */
export interface WeightCoding {
  /** null: scales are computed at run time, or cannot be found. */
  readonly scale: Tensor | null;
  /** null: 0, or for packed operators the middle code. */
  readonly zeroPoint: Tensor | null;
  /** The axis of the codes that scales belong to, where an operator says so. */
  readonly axis: number | null;
  /** Codes along that axis with one scale; null: one scale for each place of the axis, or one for all. */
  readonly block: number | null;
  /** What one code is; differs from the tensor's type where a packed operator stores several in each byte. */
  readonly codeType: DataType;
}

/**
 * What "parameters" can mean: elements of the constants that operators use, a stored tensor once however many use it.
 * `Totals.parameters` is `trainable`.
 */
export interface ParameterCounts {
  /** Float initializers as they are stored, whatever they are for. */
  readonly initializers: number;
  /** And the floats of Constant nodes. */
  readonly constants: number;
  /** The weights that all these and the codes of quantized weights stand for; without scales and zero points. */
  readonly logical: number;
  /** Of these, what looks trained: without running statistics, settings of operators (bounds, scales of a Resize) and causal masks. */
  readonly trainable: number;
}

export interface Totals {
  readonly parameters: number;
  readonly parameterCounts: ParameterCounts;
  readonly weightBytes: number;
  /** Bytes of the constants that operators use, by their stored type. */
  readonly weightTypes: Readonly<Partial<Record<DataType, number>>>;
  readonly macs: number;
  /** Counted as `counting` says. */
  readonly flops: number;
  readonly counting: Counting;
  readonly activationBytes: number;
  readonly peakActivationBytes: number;
  /** Layers with an unknown figure; the sums leave those figures out. */
  readonly unresolved: number;
}

export interface ModelInput {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: Shape;
}

/**
 * A part of the model that is repeated: neighbouring entries of a scope (inner scopes, and layers of its own) that come again,
 * equal but for the values of their weights. Plain data; crosses processes.
 */
export interface RepeatedBlock {
  /** The scope whose entries these are; [] for the outermost ones. */
  readonly scope: readonly string[];
  /** The first layer of the first repetition. */
  readonly first: number;
  /** Entries of the scope that make one repetition. */
  readonly entries: number;
  /** Repetitions, at least 2. */
  readonly count: number;
  /** Layers in one repetition. */
  readonly layers: number;
}

/** Facts about the file, for the summary. Plain data; crosses processes. */
export interface ModelInfo {
  readonly file: string;
  readonly fileBytes: number;
  /** Bytes of external data files that the model names. */
  readonly externalBytes: number;
  readonly irVersion: number;
  readonly producer: string;
  readonly producerVersion: string;
  readonly opsets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Graph inputs that are fed at run time (initializers with the same name are left out). */
  readonly inputs: readonly ModelInput[];
  readonly outputs: readonly ModelInput[];
  /** Free symbols of input dimensions, with the value set for each (null: not set). */
  readonly dimensions: Readonly<Record<string, number | null>>;
  /**
   * Extents that only running the model tells and that keep a figure unknown, or have a value, with that value (null: not set).
   * They are named after the layer and axis where they arise, and are set like the dimensions of inputs.
   */
  readonly runtimeDimensions: Readonly<Record<string, number | null>>;
  /** Names of batch dimensions that nobody gave a value and that count as 1. */
  readonly assumed: readonly string[];
  /** What was noticed while reading: things left out or not understood, as sentences. */
  readonly notes: readonly string[];
  /** Those of the notes that say which external data cannot be read; absent when all of it can. */
  readonly missingData?: readonly string[];
}

/** The whole analysis of a model: what `analyze` returns. */
export interface Analysis {
  readonly model: ModelInfo;
  readonly totals: Totals;
  readonly layers: readonly Layer[];
}
