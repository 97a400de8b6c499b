import { bitsPerElement } from '../../onnx/dtypes';
import type { DataType } from '../../onnx/dtypes';
import type { Granularity, NumberFormat, NumberRange } from '../layer';
import type { Value } from '../value';

/** Numbers in half precision: no codes, no scales. */
export function halfFormat(dataType: DataType): NumberFormat {
  return { dataType, bits: bitsPerElement(dataType), granularity: null, symmetric: null, scales: null, zeroPoints: null, dynamic: false };
}

/** Codes that get scale and zero point at every run, as DynamicQuantizeLinear gives them: one of each. */
export const DYNAMIC: NumberFormat = { dataType: 'uint8', bits: 8, granularity: 'tensor', symmetric: false, scales: null, zeroPoints: null, dynamic: true };

interface Codes {
  readonly dataType: DataType;
  /** What a missing zero point means. */
  readonly middle: number;
  /** Where blocks have one scale each; null: the scale's shape tells. */
  readonly block: number | null;
}

/** What codes mean, by the values that hold their scales and zero points (null: left out). */
export function codedFormat({ dataType, middle, block }: Codes, scale: Value | null, zeroPoint: Value | null): NumberFormat {
  const zeroPoints = zeroPoint === null ? { low: middle, high: middle } : rangeOf(zeroPoint);
  const atMiddle = middleCode(dataType);
  return {
    dataType,
    bits: bitsPerElement(dataType),
    granularity: granularityOf(scale, block),
    symmetric: zeroPoints && zeroPoints.low === atMiddle && zeroPoints.high === atMiddle,
    scales: scale && rangeOf(scale),
    zeroPoints,
    dynamic: scale !== null && scale.constant === null && scale.elements === null,
  };
}

/** The code of zero in a format that is symmetric around it. */
export function middleCode(dataType: DataType): number {
  return dataType.startsWith('u') ? 2 ** (bitsPerElement(dataType) - 1) : 0;
}

function granularityOf(scale: Value | null, block: number | null): Granularity {
  if (block !== null) return { block };
  const axes = scale?.shape ?? [];
  return axes.every((dim) => dim === 1) ? 'tensor' : 'channel';
}

/** The extremes of a small constant; null for others. */
function rangeOf({ elements }: Value): NumberRange | null {
  if (elements === null || elements.length === 0) return null;
  let [low, high] = [Infinity, -Infinity];
  for (const element of elements) {
    // Written so that NaN is not taken for a number that is in order.
    if (typeof element !== 'number' || !(element >= -Infinity)) return null;
    low = Math.min(low, element);
    high = Math.max(high, element);
  }
  return { low, high };
}
