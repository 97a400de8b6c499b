import { isFloatingPoint } from '../../onnx/dtypes';
import type { TensorValue } from '../../runtime/tensorValue';
import { numberAt } from '../samples/convert';
import { largestOf } from './outputError';

/**
 * The class that an output names: the place of the largest score, or the number itself where the model gives out a
 * class. Null when the output is neither one score per class nor one number.
 */
export function predictedClass(output: TensorValue): number | null {
  const elements = output.data.length;
  if (!isFloatingPoint(output.dataType)) return elements === 1 ? numberAt(output, 0) : null;
  return elements >= 2 && output.dims.at(-1) === elements ? largestOf(output, 0, elements) : null;
}
