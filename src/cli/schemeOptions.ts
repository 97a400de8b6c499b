import type { Granularity, RangeMethod, WeightBits, WeightFormat } from '../quant/scheme';
import type { PlannedWeights, PlanRule } from '../plan/plan';
import { UsageError } from './usageError';

/** The options of the command line that say what weights become. Undefined: not given. The messages name no option: commander puts it in front. */
export interface SchemeOptions {
  readonly weights?: WeightFormat;
  readonly symmetric?: boolean;
  readonly asymmetric?: boolean;
  readonly granularity?: Granularity;
  readonly range?: RangeMethod;
  readonly layer?: readonly PlanRule[];
}

export const FORMATS: readonly WeightFormat[] = ['int8', 'uint8', 'int4', 'uint4', 'int16', 'uint16', 'int2', 'uint2', 'float16', 'float'];
const RANGES: readonly RangeMethod[] = ['minmax', 'mse'];
const MIN_BLOCK = 16;
const MAX_BLOCK = 256;
const LAYER_FORM = "expected GLOB=FORMAT[,symmetric|asymmetric][,tensor|channel|block:N][,minmax|mse], for example '/layer4/**=int4,block:32' or '/fc/Gemm=float'";

export function parseFormat(text: string): WeightFormat {
  return oneOf(text, FORMATS);
}

export function parseRange(text: string): RangeMethod {
  return oneOf(text, RANGES);
}

/** `tensor`, `channel` or `block:N`. */
export function parseGranularity(text: string): Granularity {
  const granularity = granularityOf(text);
  if (granularity === null) throw new UsageError(`"${text}" is none of tensor, channel and block:N with N from ${MIN_BLOCK} to ${MAX_BLOCK}.`);
  return granularity;
}

/** One `--layer`. The glob ends at the last equals sign: names may hold some. */
export function parseLayer(text: string): PlanRule {
  const at = text.lastIndexOf('=');
  if (at <= 0 || at === text.length - 1) throw new UsageError(`"${text}" is not understood; ${LAYER_FORM}.`);
  const match = text.slice(0, at);
  let options: SchemeOptions = {};
  for (const word of text.slice(at + 1).split(',').map((part) => part.trim())) options = { ...options, ...layerWord(word, text) };
  return { match, weights: plannedWeights(options)! };
}

function layerWord(word: string, whole: string): SchemeOptions {
  if (isOneOf(word, FORMATS)) return { weights: word };
  if (isOneOf(word, RANGES)) return { range: word };
  if (word === 'symmetric' || word === 'sym') return { symmetric: true };
  if (word === 'asymmetric' || word === 'asym') return { asymmetric: true };
  const granularity = granularityOf(word);
  if (granularity !== null) return { granularity };
  throw new UsageError(`"${word}" in "${whole}" is not understood; ${LAYER_FORM}. Formats: ${FORMATS.join(', ')}.`);
}

/**
 * What the options say, in the words of a plan; undefined when they say nothing. An unsigned format alone means an
 * asymmetric range, a signed one a symmetric range, as they are nearly always used.
 */
export function plannedWeights({ weights, symmetric, asymmetric, granularity, range }: SchemeOptions): PlannedWeights | undefined {
  if (weights === 'float' || weights === 'float16') {
    if (symmetric || asymmetric || granularity !== undefined || range !== undefined) throw new UsageError(`${weights} has no range and no scales: leave out the options for symmetry, granularity and range.`);
    return weights;
  }
  const signed = weights === undefined ? undefined : !weights.startsWith('u');
  const bits = weights === undefined ? undefined : (Number(/\d+$/.exec(weights)![0]) as WeightBits);
  const balance = symmetric ? true : asymmetric ? false : signed;
  const fields = {
    ...(bits === undefined ? {} : { bits }),
    ...(balance === undefined ? {} : { symmetric: balance }),
    ...(signed === undefined ? {} : { signed }),
    ...(granularity === undefined ? {} : { granularity }),
    ...(range === undefined ? {} : { range }),
  };
  return Object.keys(fields).length === 0 ? undefined : fields;
}

/** One `--dim NAME=VALUE`, added to those before. */
export function parseDimension(text: string, before: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const at = text.lastIndexOf('=');
  const value = Number(text.slice(at + 1));
  if (at <= 0 || !/^\d+$/.test(text.slice(at + 1)) || !Number.isSafeInteger(value) || value < 1 || value > 2 ** 31 - 1) {
    throw new UsageError(`"${text}" is not understood; expected NAME=VALUE with a positive whole number, for example batch=1.`);
  }
  return { ...before, [text.slice(0, at)]: value };
}

function granularityOf(text: string): Granularity | null {
  if (text === 'tensor' || text === 'channel') return text;
  const digits = /^block:(\d+)$/.exec(text)?.[1];
  const block = Number(digits);
  return digits === undefined || block < MIN_BLOCK || block > MAX_BLOCK ? null : { block };
}

function oneOf<T extends string>(text: string, allowed: readonly T[]): T {
  if (isOneOf(text, allowed)) return text;
  throw new UsageError(`"${text}" is none of ${allowed.join(', ')}.`);
}

function isOneOf<T extends string>(text: string, allowed: readonly T[]): text is T {
  return (allowed as readonly string[]).includes(text);
}
