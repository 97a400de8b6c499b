/**
 * The filter language of layer lists: words separated by spaces, all of which must hold. "quoted words" may hold spaces; a
 * minus in front turns a word around.
 *
 *   conv            name, operator or format contains it
 *   >1MB <=64kB     bytes of weights
 *   <20dB           weight error
 *   4bit int4       format
 *   params>1M macs<10M after>100kB error>30 bits<=8     a named figure
 *   op:Conv         exactly this operator
 *   pending skipped kept                                state
 */
import type { Layer } from '../graph/layer';
import type { LayerAssessment } from '../jobs/records';
import { formatOf } from '../quant/scheme';
import { formatScheme } from './scheme';

export interface QueryRow {
  readonly layer: Layer;
  readonly assessment: LayerAssessment | null;
}

export interface Query {
  /** True for rows that satisfy every word. */
  matches(row: QueryRow): boolean;
  /** Words that look like a condition but could not be understood; they are looked for as text. */
  readonly doubtful: readonly string[];
}

type Condition = (row: QueryRow) => boolean;
type Figure = (row: QueryRow) => number | null;

const FIGURES: Readonly<Record<string, Figure>> = {
  params: ({ layer }) => layer.parameters,
  macs: ({ layer }) => layer.macs,
  flops: ({ layer }) => layer.flops,
  size: ({ layer }) => layer.weightBytes,
  after: ({ assessment }) => assessment?.bytesAfter ?? null,
  error: ({ assessment }) => assessment?.sqnrDb ?? null,
  bits: ({ assessment }) => bitsOf(assessment),
};

const STATES: Readonly<Record<string, LayerAssessment['state']>> = { pending: 'pending', skipped: 'skipped', kept: 'float' };

const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 };

const COMPARISON = /^([a-z]*)(>=|<=|>|<|=)(\d+(?:\.\d+)?)(db|bits?|(?:[kmgt]i?)?b|[kmgt]|)$/;
const BITS = /^(\d+)-?bits?$/;

export function parseQuery(text: string): Query {
  const conditions: Condition[] = [];
  const doubtful: string[] = [];
  for (const [, minus, quoted, bare] of text.matchAll(/(-?)(?:"([^"]*)"?|(\S+))/g)) {
    const word = (quoted ?? bare ?? '').toLowerCase();
    if (word === '') continue;
    const special = quoted === undefined ? specialCondition(word) : null;
    if (quoted === undefined && special === null && /[<>=]/.test(word)) doubtful.push(word);
    const condition = special ?? containing(word);
    conditions.push(minus === '-' ? (row) => !condition(row) : condition);
  }
  return { doubtful, matches: (row) => conditions.every((condition) => condition(row)) };
}

function specialCondition(word: string): Condition | null {
  const operator = /^op:(.+)$/.exec(word)?.[1];
  if (operator !== undefined) return ({ layer }) => layer.op.toLowerCase() === operator;
  const state = STATES[word];
  if (state !== undefined) return ({ assessment }) => assessment?.state === state;
  const bits = BITS.exec(word)?.[1];
  if (bits !== undefined) return ({ assessment }) => bitsOf(assessment) === Number(bits);
  return comparison(word);
}

function comparison(word: string): Condition | null {
  const [, name = '', operator = '', digits = '', unit = ''] = COMPARISON.exec(word) ?? [];
  const figure = FIGURES[name === '' ? figureOfUnit(unit) : name];
  if (operator === '' || figure === undefined) return null;
  const limit = Number(digits) * (FACTORS[unit.replace(/^(db|bits?|b)$/, '').replace(/b$/, '')] ?? 1);
  return (row) => {
    const value = figure(row);
    if (value === null) return false;
    switch (operator) {
      case '>':
        return value > limit;
      case '>=':
        return value >= limit;
      case '<':
        return value < limit;
      case '<=':
        return value <= limit;
      default:
        return value === limit;
    }
  };
}

function figureOfUnit(unit: string): string {
  if (unit === 'db') return 'error';
  return unit.startsWith('bit') ? 'bits' : unit.endsWith('b') ? 'size' : '';
}

function containing(word: string): Condition {
  return ({ layer, assessment }) =>
    layer.name.toLowerCase().includes(word) || layer.op.toLowerCase().includes(word) || (isQuantized(assessment) && formatScheme(assessment.scheme).includes(word));
}

function isQuantized(assessment: LayerAssessment | null): assessment is LayerAssessment {
  return assessment !== null && (assessment.state === 'computed' || assessment.state === 'pending');
}

/** Bits of the layer's codes; 32 where it keeps its weights; null where it has none. */
function bitsOf(assessment: LayerAssessment | null): number | null {
  if (assessment === null || assessment.state === 'none') return null;
  if (!isQuantized(assessment)) return 32;
  const { scheme } = assessment;
  return scheme.kind === 'integer' ? scheme.bits : formatOf(scheme) === 'float16' ? 16 : 32;
}
