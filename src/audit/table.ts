import type { Rule } from './rule';
import { biasScale } from './rules/biasScale';
import { channelAxis } from './rules/channelAxis';
import { codeParameters } from './rules/codeParameters';
import { copiedWeights } from './rules/copiedWeights';
import { floatWeights } from './rules/floatWeights';
import { largerThanOriginal } from './rules/largerThanOriginal';
import { lowestCode } from './rules/lowestCode';
import { operatorSet } from './rules/operatorSet';
import { runtimeDequantize } from './rules/runtimeDequantize';
import { saturation } from './rules/saturation';
import { scaleValue } from './rules/scaleValue';
import { unfusedActivation } from './rules/unfusedActivation';
import { unfusedWidth } from './rules/unfusedWidth';
import { unpaired } from './rules/unpaired';

/** Every rule, in the order in which findings of one severity are listed. */
export const RULES: readonly Rule[] = [
  operatorSet,
  channelAxis,
  codeParameters,
  scaleValue,
  biasScale,
  lowestCode,
  unpaired,
  saturation,
  unfusedActivation,
  unfusedWidth,
  runtimeDequantize,
  copiedWeights,
  floatWeights,
  largerThanOriginal,
];
