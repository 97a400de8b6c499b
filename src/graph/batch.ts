import type { ValueInfo } from '../onnx/model';
import { openDimensions } from './declared';
import type { Dimensions } from './declared';

/**
 * The dimensions that stand for the batch: those without a value that are the first of an input. Each is given the value
 * 1, with which a model's compute is usually quoted; other symbols are for the person to set.
 */
export function batchDimensions(inputs: readonly ValueInfo[], dimensions: Dimensions): Dimensions {
  const first = inputs.flatMap(({ name, type }) => {
    if (type.kind !== 'tensor' && type.kind !== 'sparse') return [];
    const { shape } = type;
    return shape === null || shape.length === 0 ? [] : Object.entries(openDimensions([{ name, type: { ...type, shape: shape.slice(0, 1) } }], dimensions));
  });
  return Object.fromEntries(first.filter(([, value]) => value === null).map(([name]) => [name, 1]));
}
