import type { DataType } from '../onnx/dtypes';
import type { Float16Scheme, IntegerScheme } from './scheme';

/**
 * Why a tensor cannot have a scheme under which its error is not finite, as a part of a sentence about the tensor. For codes
 * that is so when the range from its smallest to its largest value is wider than scales reach. A range that is searched for
 * could cut such values off, but would be told with a finite error and then change what they mean (the −3.4e38 of a mask), so
 * the answer does not depend on how the range is found.
 */
export function beyondReach(kind: IntegerScheme['kind'] | Float16Scheme['kind'], dataType: DataType): string {
  if (kind === 'float16') return 'it holds values beyond the largest of float16 (65504)';
  return `its values are further apart than codes with ${dataType === 'float16' ? 'float16' : 'float'} scales can reach`;
}
