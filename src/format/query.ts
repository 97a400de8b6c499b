/**
 * The filter language of layer lists: words separated by spaces, all of which must hold. "quoted words" may hold spaces and
 * are always text; a minus in front turns a word around. `queryHelp.ts` is the same for people.
 *
 *   conv            name, operator or format contains it
 *   >1MB <=64kB     bytes of weights
 *   <20dB           weight error
 *   4bit int4       format: the one that the plan gives, else the one that is stored
 *   params>1M macs<10M act>1MB after>100kB error>30 bits<=8     a named figure
 *   op:Conv op:Conv,Gemm     exactly one of these operators
 *   name:attn       the name alone contains it
 *   [1,64,56,56] [*,64,...] out:[batch,10]     shape of an input, an output or a weight
 *   pending skipped kept unknown shared        state
 */
import type { Layer } from '../graph/layer';
import type { LayerAssessment } from '../jobs/records';
import { bitsPerElement } from '../onnx/dtypes';
import { formatOf } from '../quant/scheme';
import { formatScheme } from './scheme';
import { shapeCondition } from './shapeQuery';

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
  act: ({ layer }) => layer.activationBytes,
  after: ({ assessment }) => assessment?.bytesAfter ?? null,
  error: ({ assessment }) => assessment?.sqnrDb ?? null,
  bits: bitsOf,
};

const STATES: Readonly<Record<string, Condition>> = {
  pending: ({ assessment }) => assessment?.state === 'pending',
  skipped: ({ assessment }) => assessment?.state === 'skipped',
  kept: ({ assessment }) => assessment?.state === 'float',
  unknown: ({ layer }) => layer.unresolved !== null,
  shared: ({ layer }) => layer.weights.some(({ sharedWith }) => sharedWith.length > 0),
};

const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 };

const COMPARISON = /^([a-z]*)(>=|<=|>|<|=)(\d+(?:\.\d+)?)(db|bits?|(?:[kmgt]i?)?b|[kmgt]|)$/;
const BITS = /^(\d+)-?bits?$/;
/** A quoted text, a shape (which may hold spaces), or what stands between spaces; each with an optional minus. */
const WORDS = /(-?)(?:"([^"]*)"?|((?:in|out|weight):)?(\[[^\]"]*\])(?!\S)|(\S+))/gi;

export function parseQuery(text: string): Query {
  const conditions: Condition[] = [];
  const doubtful: string[] = [];
  for (const [whole, minus, quoted, of, shape] of text.matchAll(WORDS)) {
    const word = (quoted ?? whole.slice(minus!.length)).toLowerCase();
    if (word === '') continue;
    const special = quoted !== undefined ? null : shape === undefined ? specialCondition(word) : shapeCondition(of?.toLowerCase() ?? '', shape.toLowerCase());
    if (quoted === undefined && special === null && /[<>=]/.test(word)) doubtful.push(word);
    const condition = special ?? containing(word);
    conditions.push(minus === '-' ? (row) => !condition(row) : condition);
  }
  return { doubtful, matches: (row) => conditions.every((condition) => condition(row)) };
}

function specialCondition(word: string): Condition | null {
  const operators = /^op:(.+)$/.exec(word)?.[1]?.split(',');
  if (operators !== undefined) return ({ layer }) => operators.includes(layer.op.toLowerCase());
  const name = /^name:(.+)$/.exec(word)?.[1];
  if (name !== undefined) return ({ layer }) => layer.name.toLowerCase().includes(name);
  const bits = BITS.exec(word)?.[1];
  if (bits !== undefined) return (row) => bitsOf(row) === Number(bits);
  return (Object.hasOwn(STATES, word) ? STATES[word]! : null) ?? comparison(word);
}

function comparison(word: string): Condition | null {
  const [, name = '', operator = '', digits = '', unit = ''] = COMPARISON.exec(word) ?? [];
  const asked = name === '' ? figureOfUnit(unit) : name;
  const figure = Object.hasOwn(FIGURES, asked) ? FIGURES[asked] : undefined;
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
    layer.name.toLowerCase().includes(word) || layer.op.toLowerCase().includes(word) || (isQuantized(assessment) ? formatScheme(assessment.scheme).includes(word) : storedTypes(layer).includes(word));
}

/** What the layer's numbers are stored as: packed codes by what they hold, not by the bytes that hold them. */
function storedTypes({ logical, weights }: Layer): readonly string[] {
  const own = logical?.weights ? [logical.weights.dataType] : weights.map(({ dataType }) => dataType);
  return logical?.activations ? [...own, logical.activations.dataType] : own;
}

function isQuantized(assessment: LayerAssessment | null): assessment is LayerAssessment {
  return assessment !== null && (assessment.state === 'computed' || assessment.state === 'pending');
}

/** Bits of the codes that the plan gives to the layer's weights, else of the widest of them as stored; null where it has none. */
function bitsOf({ layer, assessment }: QueryRow): number | null {
  if (layer.weights.length === 0) return null;
  const stored = (): number => layer.logical?.weights?.bits ?? Math.max(...layer.weights.map(({ dataType }) => bitsPerElement(dataType)));
  if (!isQuantized(assessment)) return stored();
  const { scheme } = assessment;
  return scheme.kind === 'integer' ? scheme.bits : formatOf(scheme) === 'float16' ? 16 : stored();
}
