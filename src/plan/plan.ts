import type { ActivationRangeMethod } from '../quant/observe/activationRange';
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

/** The activations part as the file says it. Left out: 8 bits, with the sign that the target prefers. */
export type PlannedActivations = 'float' | { readonly bits?: 8 | 16; readonly signed?: boolean };

/** On what, and how, ranges of activations are found. */
export interface PlannedCalibration {
  /** A file, folder or glob, from the folder of the plan. */
  readonly samples?: string;
  /** Most samples that are taken. */
  readonly count?: number;
  /** `auto`: the method whose outputs are closest to those of the float model. */
  readonly method?: ActivationRangeMethod | 'auto';
  /** A file of ranges that are taken as they are, from the folder of the plan. */
  readonly ranges?: string;
}

/** `match`: a layer's name or a glob over names (`/layer4/**`). Later rules win. */
export interface PlanRule {
  readonly match: string;
  readonly weights?: PlannedWeights;
  /** Keeps the layer's activations float; without it they are what the default says. */
  readonly activations?: 'float';
}

/** `NAME.nibble.json`: what a person chose for `NAME.onnx`. Version 1. */
export interface Plan {
  readonly version: 1;
  readonly model?: { readonly file: string; readonly sha256?: string };
  readonly target?: string;
  /** Values for symbolic input dimensions. */
  readonly dimensions?: Readonly<Record<string, number>>;
  /** Activations stay float unless something is said about them here. */
  readonly default?: { readonly weights?: PlannedWeights; readonly activations?: PlannedActivations };
  readonly calibration?: PlannedCalibration;
  readonly layers?: readonly PlanRule[];
}

/** Which layers an edit is about. */
export type EditTarget =
  | { readonly kind: 'layers'; readonly layers: readonly number[] }
  /** All layers below a scope: ['layer4'] */
  | { readonly kind: 'scope'; readonly scope: readonly string[] }
  | { readonly kind: 'model' };
