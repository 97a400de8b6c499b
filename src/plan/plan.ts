import type { Granularity, RangeMethod, WeightBits } from '../quant/scheme';

/** The weights part of a rule as the file says it. What is left out comes from the rules before it, then from `DEFAULT_SCHEME`. */
export type PlannedWeights =
  | 'float'
  | 'float16'
  | {
      readonly bits?: WeightBits;
      readonly symmetric?: boolean;
      /** intN or uintN; left out: signed when symmetric. */
      readonly signed?: boolean;
      readonly granularity?: Granularity;
      readonly range?: RangeMethod;
    };

/** `match`: a layer's name or a glob over names (`/layer4/**`). Later rules win. */
export interface PlanRule {
  readonly match: string;
  readonly weights?: PlannedWeights;
}

/** `NAME.nibble.json`: what a person chose for `NAME.onnx`. Version 1. */
export interface Plan {
  readonly version: 1;
  readonly model?: { readonly file: string; readonly sha256?: string };
  readonly target?: string;
  /** Values for symbolic input dimensions. */
  readonly dimensions?: Readonly<Record<string, number>>;
  readonly default?: { readonly weights?: PlannedWeights };
  readonly layers?: readonly PlanRule[];
}

/** Which layers an edit is about. */
export type EditTarget =
  | { readonly kind: 'layers'; readonly layers: readonly number[] }
  /** All layers below a scope: ['layer4'] */
  | { readonly kind: 'scope'; readonly scope: readonly string[] }
  | { readonly kind: 'model' };
