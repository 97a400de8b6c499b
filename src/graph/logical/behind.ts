import type { Node } from '../../onnx/model';
import type { StepFacts } from '../describe';
import type { NumberFormat } from '../layer';
import type { Step } from '../step';
import type { Value } from '../value';
import { codesMade, conversionAxis, conversionBlock, isConversion, isQuantize } from './conversion';
import { codedFormat, DYNAMIC, halfFormat } from './format';
import { isHalf } from './helperRole';

/** What a value's numbers were before they became floats, with the values that tell it. */
export interface Origin {
  readonly format: NumberFormat;
  readonly scale: Value | null;
  readonly zeroPoint: Value | null;
  /** Of a DequantizeLinear: the axis of its scales. */
  readonly axis: number | null;
}

type FactsOf = (step: Step) => StepFacts | undefined;

/** Operators whose output holds the numbers of their input. */
const MOVERS: ReadonlySet<string> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Transpose']);

/** Most operators between a weight and the conversion that it comes from: real files have two or three, cyclic ones no end. */
const MAX_CARRIERS = 16;

/** The format that a float value comes from, also past operators that only move numbers; null for plain floats. */
export function originOf(value: Value, factsOf: FactsOf): Origin | null {
  let at: Value | null = value;
  for (let seen = 0; at !== null && seen < MAX_CARRIERS; seen += 1) {
    const found = converted(at, factsOf);
    if (found !== null) return found;
    at = at.producer !== null && (at.constant?.quantized === true || MOVERS.has(at.producer.node.op)) ? operandOf(at.producer, 0, factsOf) : null;
  }
  if (isHalf(value.dataType)) return plain(halfFormat(value.dataType));
  const stored = value.constant?.tensor.dataType;
  return stored !== undefined && isHalf(stored) ? plain(halfFormat(stored)) : null;
}

function converted({ producer, constant }: Value, factsOf: FactsOf): Origin | null {
  if (producer === null) return null;
  const { node } = producer;
  const operands = factsOf(producer)?.formats?.operands ?? [];
  if (isConversion(node)) return ofConversion(node, operands);
  if (node.op === 'DynamicQuantizeLinear' && node.domain === '') return plain(DYNAMIC);
  return node.op === 'Mul' && constant?.quantized === true ? ofProduct(operands, factsOf) : null;
}

const plain = (format: NumberFormat): Origin => ({ format, scale: null, zeroPoint: null, axis: null });

/** Of a QuantizeLinear or DequantizeLinear. */
export function ofConversion(node: Node, operands: readonly (Value | null)[]): Origin {
  const [codes, scale = null, zeroPoint = null] = operands;
  const dataType = isQuantize(node) ? codesMade(node, zeroPoint?.dataType ?? null) : (codes?.dataType ?? 'undefined');
  const block = conversionBlock(node);
  return { format: codedFormat({ dataType, middle: 0, block: block > 0 ? block : null }, scale, zeroPoint), scale, zeroPoint, axis: conversionAxis(node) };
}

/** (codes − zero points) × scales, each turned into floats on its own: blocks where no DequantizeLinear takes them. */
function ofProduct([codes, scales]: readonly (Value | null)[], factsOf: FactsOf): Origin | null {
  const dataType = codes?.constant?.tensor.dataType;
  if (dataType === undefined || !codes || !scales) return null;
  const subtracted = codes.producer?.node.op === 'Sub' ? operandOf(codes.producer, 1, factsOf) : null;
  const zeroPoint = subtracted && behindHelpers(subtracted, factsOf);
  const stored = behindHelpers(scales, factsOf);
  return { format: codedFormat({ dataType, middle: 0, block: blockOf(codes, scales, factsOf) }, stored, zeroPoint), scale: stored, zeroPoint, axis: null };
}

/** Blocks have an axis of their own, along which scales are broadcast, or each row names its block. */
function blockOf(codes: Value, scales: Value, factsOf: FactsOf): number | null {
  if (scales.producer?.node.op === 'Gather') {
    const rows = operandOf(scales.producer, 1, factsOf)?.elements?.indexOf(1) ?? -1;
    return rows > 0 ? rows : null;
  }
  const axis = (codes.shape ?? []).findIndex((extent, at) => extent !== 1 && scales.shape?.[at] === 1);
  const extent = codes.shape?.[axis];
  return typeof extent === 'number' ? extent : null;
}

/** The stored tensor that a value is made from, as a value. */
function behindHelpers(value: Value, factsOf: FactsOf): Value {
  let at = value;
  for (let seen = 0; at.producer !== null && seen < MAX_CARRIERS; seen += 1) at = operandOf(at.producer, 0, factsOf) ?? at;
  return at;
}

function operandOf(step: Step, input: number, factsOf: FactsOf): Value | null {
  return factsOf(step)?.formats?.operands[input] ?? null;
}
