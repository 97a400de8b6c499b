import type { FactorName } from './cost/rule';
import type { Counting } from './counting';
import type { ShapeDim, Unresolved } from './layer';

/** The figures of a layer, or of the model, that can be explained. */
export const FIGURES = ['parameters', 'weightBytes', 'macs', 'flops', 'activationBytes', 'movedBytes', 'intensity'] as const;

export type Figure = (typeof FIGURES)[number];

/** Why a part of a sum counts nothing, or less than it seems. */
export type TermNote =
  /** What a constant is instead of a parameter. */
  | 'scale' | 'statistic' | 'setting' | 'mask' | 'data'
  /** Codes of quantized weights. */
  | 'codes'
  /** An earlier use has counted the stored tensor. */
  | 'shared'
  /** A view of memory that is counted elsewhere. */
  | 'view'
  /** Counted by the rows of a body or function. */
  | 'inside'
  /** Only the part is read that the output is as large as. */
  | 'picked';

export interface ExplainedFactor {
  readonly name: FactorName | 'elements' | 'bytesPerElement' | 'layers';
  readonly value: ShapeDim;
}

/** One summand of a figure: the product of its factors. */
export interface ExplainedTerm {
  /** What it is about: the tensor's name, the operator type; '' for the operator's work. */
  readonly subject: string;
  readonly role: 'products' | 'operations' | 'constant' | 'input' | 'output' | 'operator';
  readonly factors: readonly ExplainedFactor[];
  /** Null: unknown. */
  readonly value: ShapeDim | null;
  readonly note: TermNote | null;
}

/** Where a figure comes from. Plain data; crosses processes. */
export interface Explanation {
  readonly figure: Figure;
  /** The layer's index; null: the whole model. */
  readonly layer: number | null;
  /** The layer's name or the model's file. */
  readonly name: string;
  readonly value: number | null;
  readonly unresolved: Unresolved | null;
  readonly counting: Counting;
  /** Their sum is the value; for the intensity, operations come first and are divided by the sum of the rest. */
  readonly terms: readonly ExplainedTerm[];
}
