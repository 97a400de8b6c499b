import type { ShapeDim } from './layer';

/**
 * An extent, or an element of a small integer tensor that extents are computed from: a number, or an expression over
 * named symbols. Numbers take the fast path everywhere; expressions are kept as sums of products in one canonical
 * order, so that equal expressions have equal texts.
 */
export type Dim = number | Expression;

export class Expression {
  private written: string | undefined = undefined;

  /** In canonical order; see `sum`. */
  constructor(readonly terms: readonly Term[]) {}

  /** Canonical text: `2*seq+1`, `floor((h-1)/2)`; `?` when the value cannot be expressed. */
  get text(): string {
    return (this.written ??= this.terms.length === 0 ? '?' : this.terms.map(textOfTerm).join('').replace(/^\+/, ''));
  }

  /** Names of the symbols inside, for messages. */
  get symbols(): readonly string[] {
    return [...new Set(this.terms.flatMap(({ factors }) => factors.flatMap(({ symbols }) => symbols)))];
  }
}

interface Term {
  readonly coefficient: number;
  /** Sorted by text; empty for the constant term. */
  readonly factors: readonly Atom[];
  /** The factors joined: terms with equal texts are added up. */
  readonly text: string;
}

/** A symbol, or a rounded quotient or extreme that is kept whole. */
interface Atom extends Range {
  readonly text: string;
  readonly symbols: readonly string[];
  /** floor(dividend / divisor), for the rounding of rounded quotients. */
  readonly quotient?: { readonly dividend: Expression; readonly divisor: number };
}

/** What a value is known not to be below and above. */
interface Range {
  readonly low: number;
  readonly high: number;
}

const ANY: Range = { low: -Infinity, high: Infinity };

/** No tensor has a negative extent. */
const EXTENT: Range = { low: 0, high: Infinity };

/** Longest expression that is kept, coefficients apart: real models stay under 60 characters, hostile ones square a symbol at every node. */
export const MAX_EXPRESSION_LENGTH = 200;

/** An extent that depends on the data or is too complex to write down. It equals nothing, not even itself. */
export const UNKNOWN_DIM = new Expression([]);

/** A named dimension that is not set. Names that do not look like one word are quoted inside expressions. */
export function symbol(name: string): Expression {
  const text = /^[\p{L}_][\p{L}\p{N}_.:]*$/u.test(name) ? name : JSON.stringify(name);
  const atom = { text, symbols: [name], ...EXTENT };
  return new Expression([{ coefficient: 1, factors: [atom], text }]);
}

/** The dimension as records show it: a lone symbol without quotes. */
export function toShapeDim(dim: Dim): ShapeDim {
  if (typeof dim === 'number') return dim;
  if (!dim.text.startsWith('"')) return dim.text;
  return dim.symbols.length === 1 && dim.text === JSON.stringify(dim.symbols[0]) ? dim.symbols[0]! : dim.text;
}

export function isUnknown(dim: Dim): boolean {
  return dim === UNKNOWN_DIM;
}

/** True when both are certainly the same. */
export function equalDims(a: Dim, b: Dim): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a !== UNKNOWN_DIM && (a === b || a.text === b.text);
}

export function add(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a === UNKNOWN_DIM || b === UNKNOWN_DIM) return UNKNOWN_DIM;
  if (typeof a === 'number') return plusNumber(b as Expression, a);
  return typeof b === 'number' ? plusNumber(a, b) : sum([...a.terms, ...b.terms]);
}

export function subtract(a: Dim, b: Dim): Dim {
  return add(a, multiply(b, -1));
}

export function multiply(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (a === 0 || b === 0) return 0;
  if (a === UNKNOWN_DIM || b === UNKNOWN_DIM) return UNKNOWN_DIM;
  if (typeof a === 'number') return scaled(b, a);
  if (typeof b === 'number') return scaled(a, b);
  const left = termsOf(a);
  const right = termsOf(b);
  // Products of plain extents are most of what shapes ask for.
  if (left.length === 1 && right.length === 1) return fromTerm(multiplyTerms(left[0]!, right[0]!));
  if (left.length * right.length > MAX_EXPRESSION_LENGTH) return UNKNOWN_DIM;
  return sum(left.flatMap((x) => right.map((y) => multiplyTerms(x, y))));
}

export function product(dims: readonly Dim[]): Dim {
  // Numbers first: the expression is then built once.
  let number = 1;
  let rest: Dim = 1;
  for (const dim of dims) {
    if (typeof dim === 'number') number *= dim;
    else rest = multiply(rest, dim);
  }
  return multiply(number, rest);
}

/** a / b without rounding; null when that cannot be expressed (b is zero, or not a factor of every term). */
export function divideExactly(a: Dim, b: Dim): Dim | null {
  if (b === 0) return null;
  if (typeof a === 'number' && typeof b === 'number') return a / b;
  if (a === UNKNOWN_DIM || b === UNKNOWN_DIM) return null;
  if (equalDims(a, b)) return 1;
  const divisor = termsOf(b);
  if (divisor.length !== 1) return null;
  const quotients = termsOf(a).map((term) => divideTerm(term, divisor[0]!));
  return quotients.every((term) => term !== null) ? sum(quotients) : null;
}

/** floor(a / b). */
export function floorDivide(a: Dim, b: Dim): Dim {
  if (b === 0) return UNKNOWN_DIM;
  if (typeof a === 'number' && typeof b === 'number') return Math.floor(a / b);
  if (a === UNKNOWN_DIM || b === UNKNOWN_DIM) return UNKNOWN_DIM;
  if (typeof b !== 'number') return divideIntegers(a, b);
  if (b < 0) return floorDivide(multiply(a, -1), -b);
  // Multiples of the divisor come out of the floor: floor((4h+3)/2) = 2h + floor(3/2).
  const whole: Term[] = [];
  const rest: Term[] = [];
  for (const term of termsOf(a)) {
    const quotient = Math.floor(term.coefficient / b);
    const remainder = term.factors.length > 0 && term.coefficient % b !== 0 ? term.coefficient : term.coefficient - quotient * b;
    if (remainder !== term.coefficient) whole.push({ ...term, coefficient: quotient });
    if (remainder !== 0) rest.push({ ...term, coefficient: remainder });
  }
  const inside = sum(rest);
  if (typeof inside === 'number') return add(sum(whole), Math.floor(inside / b));
  return add(sum(whole), roundedQuotient(inside, b));
}

/** floor(a / b) for an expression without multiples of b, in one form for equal values. */
function roundedQuotient(a: Expression, b: number): Dim {
  const flat = flattened(a, b);
  if (flat !== null) return floorDivide(flat.dividend, flat.divisor);
  const factor = commonFactor(a, b);
  if (factor > 1) return floorDivide(sum(a.terms.map((term) => ({ ...term, coefficient: Math.floor(term.coefficient / factor) }))), b / factor);
  const { low, high } = rangeOf(a);
  return fromAtom({ text: `floor(${bracketed(a)}/${String(b)})`, symbols: a.symbols, low: Math.floor(low / b), high: Math.floor(high / b), quotient: { dividend: a, divisor: b } });
}

/** A rounded quotient inside another one joins it: floor((floor(a / m) + c) / n) = floor((a + c × m) / (m × n)) for whole c. */
function flattened({ terms }: Expression, b: number): { readonly dividend: Dim; readonly divisor: number } | null {
  const at = terms.findIndex(({ coefficient, factors }) => coefficient === 1 && factors.length === 1 && factors[0]!.quotient !== undefined);
  const quotient = terms[at]?.factors[0]?.quotient;
  if (quotient === undefined || !terms.every(({ coefficient }) => Number.isInteger(coefficient))) return null;
  const { dividend, divisor } = quotient;
  if (!Number.isSafeInteger(divisor * b)) return null;
  const others = sum(terms.filter((_, index) => index !== at));
  return { dividend: add(dividend, multiply(others, divisor)), divisor: divisor * b };
}

/** The greatest whole number that divides b and every coefficient but the constant's, whose rest no rounding can bring back. */
function commonFactor({ terms }: Expression, b: number): number {
  if (!Number.isInteger(b) || !terms.every(({ coefficient }) => Number.isInteger(coefficient))) return 1;
  return terms.reduce((factor, { coefficient, factors }) => (factors.length === 0 ? factor : greatestDivisor(factor, Math.abs(coefficient))), b);
}

function greatestDivisor(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/** The bounds of a value, where every symbol is an extent. */
export function rangeOf(dim: Dim): Range {
  if (typeof dim === 'number') return { low: dim, high: dim };
  if (dim === UNKNOWN_DIM) return ANY;
  let [low, high] = [0, 0];
  for (const { coefficient, factors } of dim.terms) {
    const [least, most] = [factors.reduce((bound, factor) => timesBound(bound, factor.low), 1), factors.reduce((bound, factor) => timesBound(bound, factor.high), 1)];
    const signed = factors.some((factor) => factor.low < 0);
    const ends = signed ? [-Infinity, Infinity] : coefficient < 0 ? [timesBound(most, coefficient), timesBound(least, coefficient)] : [timesBound(least, coefficient), timesBound(most, coefficient)];
    low += ends[0]!;
    high += ends[1]!;
  }
  return { low, high };
}

/** Nothing of anything is nothing. */
function timesBound(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b;
}

/** ceil(a / b). */
export function ceilDivide(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return b === 0 ? UNKNOWN_DIM : Math.ceil(a / b);
  return floorDivide(subtract(add(a, b), 1), b);
}

/** floor(a) for elements of float tensors that extents are computed in (`Floor(h × 0.5)`). */
export function floor(a: Dim): Dim {
  if (typeof a === 'number') return Math.floor(a);
  const denominator = commonDenominator(a.terms);
  if (denominator === null) return UNKNOWN_DIM;
  return floorDivide(sum(a.terms.map((term) => ({ ...term, coefficient: Math.round(term.coefficient * denominator) }))), denominator);
}

export function maximum(a: Dim, b: Dim): Dim {
  return extreme('max', a, b);
}

export function minimum(a: Dim, b: Dim): Dim {
  return extreme('min', a, b);
}

function extreme(name: 'max' | 'min', a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return name === 'max' ? Math.max(a, b) : Math.min(a, b);
  if (equalDims(a, b)) return a;
  if (a === UNKNOWN_DIM || b === UNKNOWN_DIM) return UNKNOWN_DIM;
  const [of, against] = [rangeOf(a), rangeOf(b)];
  if (of.low >= against.high) return name === 'max' ? a : b;
  if (against.low >= of.high) return name === 'max' ? b : a;
  const choose = name === 'max' ? Math.max : Math.min;
  const [first, second] = [a, b].map((dim) => (typeof dim === 'number' ? String(dim) : dim.text)).sort();
  return fromAtom({ text: `${name}(${first!},${second!})`, symbols: symbolsOf(a, b), low: choose(of.low, against.low), high: choose(of.high, against.high) });
}

function divideIntegers(a: Dim, b: Expression): Dim {
  const exact = divideExactly(a, b);
  if (exact !== null && (typeof exact === 'number' ? Number.isInteger(exact) : exact.terms.every((term) => Number.isInteger(term.coefficient)))) return exact;
  const { low, high } = rangeOf(a);
  return fromAtom({ text: `floor(${bracketed(a)}/${bracketed(b)})`, symbols: symbolsOf(a, b), ...(low >= 0 && rangeOf(b).low >= 0 ? { low: 0, high } : ANY) });
}

function termsOf(dim: Dim): readonly Term[] {
  if (typeof dim !== 'number') return dim.terms;
  return dim === 0 ? [] : [constantTerm(dim)];
}

/** n × expression: the order of the terms stays. */
function scaled(dim: Dim, factor: number): Dim {
  if (typeof dim === 'number') return dim * factor;
  if (factor === 1) return dim;
  const terms = dim.terms.map((term) => ({ coefficient: term.coefficient * factor, factors: term.factors, text: term.text }));
  return terms.every(({ coefficient }) => Number.isFinite(coefficient)) ? new Expression(terms) : UNKNOWN_DIM;
}

/** expression + n: only the constant, which stands last, changes. */
function plusNumber(dim: Expression, n: number): Dim {
  if (n === 0) return dim;
  const last = dim.terms[dim.terms.length - 1]!;
  if (last.text !== '') return within([...dim.terms, constantTerm(n)]);
  const constant = last.coefficient + n;
  const rest = dim.terms.slice(0, -1);
  return within(constant === 0 ? rest : [...rest, constantTerm(constant)]);
}

function constantTerm(n: number): Term {
  return { coefficient: n, factors: [], text: '' };
}

function fromTerm(term: Term): Dim {
  return term.text === '' ? term.coefficient : within([term]);
}

/** The expression of terms in canonical order, unless it is too long or its numbers too large. */
function within(terms: readonly Term[]): Dim {
  let length = 0;
  for (const { text, coefficient } of terms) {
    if (!Number.isFinite(coefficient)) return UNKNOWN_DIM;
    length += text.length + 2;
  }
  return length <= MAX_EXPRESSION_LENGTH ? new Expression(terms) : UNKNOWN_DIM;
}

function multiplyTerms(a: Term, b: Term): Term {
  const coefficient = a.coefficient * b.coefficient;
  if (a.text === '') return { coefficient, factors: b.factors, text: b.text };
  if (b.text === '') return { coefficient, factors: a.factors, text: a.text };
  if (a.factors.length === 1 && b.factors.length === 1) {
    const ordered = a.text <= b.text;
    return { coefficient, factors: ordered ? [a.factors[0]!, b.factors[0]!] : [b.factors[0]!, a.factors[0]!], text: ordered ? `${a.text}*${b.text}` : `${b.text}*${a.text}` };
  }
  const factors = [...a.factors, ...b.factors].sort(byText);
  return { coefficient, factors, text: factors.map(({ text }) => text).join('*') };
}

function divideTerm(term: Term, divisor: Term): Term | null {
  const factors = [...term.factors];
  for (const factor of divisor.factors) {
    const at = factors.findIndex(({ text }) => text === factor.text);
    if (at < 0) return null;
    factors.splice(at, 1);
  }
  return { coefficient: term.coefficient / divisor.coefficient, factors, text: factors.map(({ text }) => text).join('*') };
}

/** Adds up equal terms and puts them in order, the constant last. */
function sum(terms: readonly Term[]): Dim {
  const kept = merged(terms).filter(({ coefficient }) => coefficient !== 0);
  if (kept.length === 0) return 0;
  if (kept.length === 1 && kept[0]!.factors.length === 0) return kept[0]!.coefficient;
  kept.sort((a, b) => (a.text === '' ? 1 : b.text === '' ? -1 : byText(a, b)));
  return within(kept);
}

/** Up to here terms are looked for one by one: cheaper than a map for the two or three that most expressions have. */
const FEW_TERMS = 8;

function merged(terms: readonly Term[]): Term[] {
  const result: Term[] = [];
  const places = terms.length > FEW_TERMS ? new Map<string, number>() : null;
  for (const term of terms) {
    const at = places === null ? result.findIndex(({ text }) => text === term.text) : (places.get(term.text) ?? -1);
    const known = result[at];
    if (known !== undefined) result[at] = { ...known, coefficient: known.coefficient + term.coefficient };
    else {
      places?.set(term.text, result.length);
      result.push(term);
    }
  }
  return result;
}

function textOfTerm({ coefficient, text }: Term): string {
  const sign = coefficient < 0 ? '-' : '+';
  const size = Math.abs(coefficient);
  if (text === '') return `${sign}${String(size)}`;
  return size === 1 ? `${sign}${text}` : `${sign}${String(size)}*${text}`;
}

function fromAtom(atom: Atom): Dim {
  if (atom.text.length > MAX_EXPRESSION_LENGTH) return UNKNOWN_DIM;
  return new Expression([{ coefficient: 1, factors: [atom], text: atom.text }]);
}

function bracketed(dim: Dim): string {
  if (typeof dim === 'number') return String(dim);
  return dim.terms.length > 1 ? `(${dim.text})` : dim.text;
}

/** Names of the symbols inside. */
export function symbolsOf(...dims: readonly Dim[]): readonly string[] {
  return [...new Set(dims.flatMap((dim) => (typeof dim === 'number' ? [] : dim.symbols)))];
}

function byText(a: { readonly text: string }, b: { readonly text: string }): number {
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
}

/** The smallest n for which n × every coefficient is whole; null above 4096 (no real scale needs more). */
function commonDenominator(terms: readonly Term[]): number | null {
  for (let n = 1; n <= 4096; n += 1) {
    if (terms.every(({ coefficient }) => Math.abs(coefficient * n - Math.round(coefficient * n)) < 1e-9)) return n;
  }
  return null;
}
