import type { Dim } from '../dim';
import { add, divideExactly, equalDims, floor, floorDivide, maximum, minimum, multiply, rangeOf, subtract, UNKNOWN_DIM } from '../dim';
import type { DataType } from '../../onnx/dtypes';
import { dataTypeCode, isFloatingPoint } from '../../onnx/dtypes';
import type { ElementRule, ElementRules } from './rule';
import { allKnown, broadcastReader, eachCoordinate, knownInput } from './rule';

type Reader = ReturnType<typeof broadcastReader>;

type Binary = (a: Dim, b: Dim, dataType: DataType) => Dim | null;

/** Applies a function to the broadcast inputs, from left to right. */
function elementwise(combine: Binary): ElementRule {
  return (call, shape) => {
    const readers: Reader[] = [];
    for (let input = 0; input < call.inputs.length; input += 1) {
      const known = knownInput(call, input);
      if (known === null) return null;
      readers.push(broadcastReader(known.elements, known.shape));
    }
    const dataType = call.dataType(0);
    const result: (Dim | null)[] = [];
    eachCoordinate(shape, (coordinate) => {
      let value: Dim | null = null;
      for (const [index, read] of readers.entries()) {
        const element = read(coordinate);
        value = index === 0 ? element : value === null ? null : combine(value, element, dataType);
      }
      result.push(value === null ? null : rounded(value, dataType));
    });
    return allKnown(result);
  };
}

/** float32 results are rounded as a runtime would, so that `floor` falls on the same side. */
function rounded(value: Dim, dataType: DataType): Dim {
  return typeof value === 'number' && dataType === 'float' ? Math.fround(value) : value;
}

/** Division truncates for integers. */
const divide: Binary = (a, b, dataType) => {
  if (b === 0) return null;
  if (isFloatingPoint(dataType)) return divideExactly(a, b);
  return typeof a === 'number' && typeof b === 'number' ? Math.trunc(a / b) : floorDivide(a, b);
};

/** The sign follows the divisor (`fmod` 0, the rule for integers), or the dividend as in C. */
const modulo = (likeDividend: boolean): Binary => (a, b) => {
  if (b === 0) return null;
  if (likeDividend) return typeof a === 'number' && typeof b === 'number' ? a % b : null;
  if (typeof a === 'number' && typeof b === 'number') return a - Math.floor(a / b) * b;
  return subtract(a, multiply(b, floorDivide(a, b)));
};

const power: Binary = (a, b) => (typeof a === 'number' && typeof b === 'number' ? a ** b : b === 2 ? multiply(a, a) : null);

/** Combinations of truth values. */
function logic(test: (a: boolean, b: boolean) => boolean): Binary {
  return (a, b) => (typeof a === 'number' && typeof b === 'number' ? Number(test(a !== 0, b !== 0)) : null);
}

/** a > b, or a ≥ b with `orEqual`; expressions are compared where their bounds decide, which no extent below 0 does. */
function greater(a: Dim, b: Dim, orEqual: boolean): 0 | 1 | null {
  if (typeof a === 'number' && typeof b === 'number') return (orEqual ? a >= b : a > b) ? 1 : 0;
  const { low, high } = rangeOf(subtract(a, b));
  if (orEqual) return low >= 0 ? 1 : high < 0 ? 0 : null;
  return low > 0 ? 1 : high <= 0 ? 0 : null;
}

/** Equal expressions are equal; different ones may be, unless their bounds keep them apart. */
const equal: Binary = (a, b) => {
  if (typeof a === 'number' && typeof b === 'number') return Number(a === b);
  if (equalDims(a, b)) return 1;
  const { low, high } = rangeOf(subtract(a, b));
  return low > 0 || high < 0 ? 0 : null;
};

function unary(apply: (x: Dim) => Dim | null): ElementRule {
  return (call) => {
    const elements = call.elements(0);
    return elements && allKnown(elements.map((element) => apply(element)).map((element) => (element === null ? null : rounded(element, call.dataType(0)))));
  };
}

const numeric = (apply: (x: number) => number): ElementRule => unary((x) => (typeof x === 'number' ? apply(x) : null));

/** Ties go to the even neighbour. */
function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** Bounds are inputs, before operator set 11 attributes; both can be left out. */
const clip: ElementRule = (call) => {
  const elements = call.elements(0);
  const bound = (input: number, name: string): Dim | null | undefined => {
    const attribute = call.attribute(name);
    if (attribute?.kind === 'float') return attribute.value;
    return call.has(input) ? call.elements(input)?.[0] ?? null : undefined;
  };
  const [low, high] = [bound(1, 'min'), bound(2, 'max')];
  if (elements === null || low === null || high === null) return null;
  return elements.map((element) => {
    const raised = low === undefined ? element : maximum(element, low);
    return high === undefined ? raised : minimum(raised, high);
  });
};

const ceil = (x: Dim): Dim => multiply(floor(multiply(x, -1)), -1);

/** To integers a Cast truncates, to bool it compares with zero. */
const cast: ElementRule = (call) => {
  const elements = call.elements(0);
  if (elements === null) return null;
  const to = call.op === 'CastLike' ? dataTypeCode(call.dataType(1)) : call.int('to', 0);
  const fromFloat = isFloatingPoint(call.dataType(0));
  return elements.map((element) => {
    if (to === 9) return typeof element === 'number' ? Number(element !== 0) : UNKNOWN_DIM;
    if (to === 1) return typeof element === 'number' ? Math.fround(element) : element;
    if (to === 10 || to === 11 || to === 16) return element;
    return fromFloat ? (typeof element === 'number' ? Math.trunc(element) : floor(element)) : element;
  });
};

/** Where the condition is a number it chooses; where both sides agree it does not matter. */
const where: ElementRule = (call, shape) => {
  const condition = knownInput(call, 0);
  const [yes, no] = [knownInput(call, 1), knownInput(call, 2)];
  if (condition === null || yes === null || no === null) return null;
  const test = broadcastReader(condition.elements, condition.shape);
  const left = broadcastReader(yes.elements, yes.shape);
  const right = broadcastReader(no.elements, no.shape);
  const result: Dim[] = [];
  eachCoordinate(shape, (coordinate) => {
    const chosen = test(coordinate);
    const [a, b] = [left(coordinate), right(coordinate)];
    result.push(typeof chosen === 'number' ? (chosen !== 0 ? a : b) : equalDims(a, b) ? a : UNKNOWN_DIM);
  });
  return result;
};

export const arithmeticElements: ElementRules = {
  Add: elementwise(add),
  Sub: elementwise(subtract),
  Mul: elementwise(multiply),
  Div: elementwise(divide),
  Mod: (call, shape, output) => elementwise(modulo(call.int('fmod', 0) !== 0))(call, shape, output),
  Pow: elementwise(power),
  Max: elementwise(maximum),
  Min: elementwise(minimum),
  Sum: elementwise(add),
  Equal: elementwise(equal),
  Greater: elementwise((a, b) => greater(a, b, false)),
  GreaterOrEqual: elementwise((a, b) => greater(a, b, true)),
  Less: elementwise((a, b) => greater(b, a, false)),
  LessOrEqual: elementwise((a, b) => greater(b, a, true)),
  And: elementwise(logic((a, b) => a && b)),
  Xor: elementwise(logic((a, b) => a !== b)),
  Or: elementwise(logic((a, b) => a || b)),
  Not: numeric((x) => Number(x === 0)),
  Neg: unary((x) => multiply(x, -1)),
  Abs: numeric(Math.abs),
  Sqrt: numeric(Math.sqrt),
  Reciprocal: numeric((x) => 1 / x),
  Floor: unary(floor),
  Ceil: unary(ceil),
  Round: numeric(roundHalfEven),
  Sign: numeric(Math.sign),
  Exp: numeric(Math.exp),
  Log: numeric(Math.log),
  Relu: unary((x) => maximum(x, 0)),
  Clip: clip,
  Cast: cast,
  CastLike: cast,
  Where: where,
};
