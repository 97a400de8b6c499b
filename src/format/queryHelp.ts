import { inEnglish, type Translate } from './translate';

/** The filter language for people: what can be typed, and what it keeps. */
export function queryHelp(t: Translate = inEnglish): readonly (readonly [example: string, meaning: string])[] {
  return [
    ['conv', t('name, operator or format contains it')],
    ['"two words"', t('the same for a text with spaces')],
    ['-relu', t('leaves out what matches')],
    ['op:Conv,Gemm', t('exactly one of these operators')],
    ['name:attn', t('the name contains it')],
    ['>1MB  <=64kB', t('size of the weights')],
    ['8bit  int4  float16', t('format of the weights')],
    ['params>1M  macs>10M  flops>1G  act>1MB', t('a figure of the layer')],
    ['after>100kB  <20dB  bits<=8', t('a figure under the plan')],
    ['[1,64,56,56]  [*,64,...]', t('shape of an input, an output or a weight; * is one dimension, ... any number')],
    ['in:[1,64]  out:[...,10]  weight:[64,...]', t('the shape of only one of them')],
    ['pending  skipped  kept  unknown  shared', t('error not known yet, cannot be quantized, kept float, figures unknown, weights shared')],
  ];
}
