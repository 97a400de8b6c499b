import type { Coding } from '../../src/quant/coding';
import type { GroupLayout } from '../../src/quant/layout';
import type { GroupParameters, GroupRanges, ScaleType } from '../../src/quant/parameters';
import { groupParameters } from '../../src/quant/parameters';
import { searchRanges } from '../../src/quant/rangeSearch';
import { dequantizeCodes, groupNoises, quantizeValues, rangesOf } from '../../src/quant/reference';
import type { RangeMethod } from '../../src/quant/scheme';

/** Values after quantization and dequantization. */
export function approximate(values: Float32Array, layout: GroupLayout, parameters: GroupParameters, coding: Coding, scaleType: ScaleType): Float32Array {
  return dequantizeCodes(quantizeValues(values, layout, parameters, coding), layout, parameters, scaleType);
}

/** Parameters of a whole tensor by the reference arithmetic. */
export function referenceParameters(values: Float32Array, layout: GroupLayout, coding: Coding, range: RangeMethod, scaleType: ScaleType): GroupParameters {
  const full = rangesOf(values, layout);
  return groupParameters(range === 'mse' ? leastSquares(values, layout, full, coding, scaleType) : full, coding, scaleType);
}

function leastSquares(values: Float32Array, layout: GroupLayout, full: GroupRanges, coding: Coding, scaleType: ScaleType): GroupRanges {
  const search = searchRanges(full, coding);
  let step = search.next();
  while (step.done !== true) {
    step = search.next(
      step.value.map((ranges) => groupNoises(values, approximate(values, layout, groupParameters(ranges, coding, scaleType), coding, scaleType), layout)),
    );
  }
  return step.value;
}
