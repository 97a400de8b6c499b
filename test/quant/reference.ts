import type { Coding } from '../../src/quant/coding';
import type { GroupLayout } from '../../src/quant/layout';
import type { GroupParameters, ScaleType } from '../../src/quant/parameters';
import { groupParameters } from '../../src/quant/parameters';
import { dequantizeCodes, groupNoises, quantizeValues, rangesOf } from '../../src/quant/reference';
import type { RangeMethod } from '../../src/quant/scheme';
import { runSearch, settleRanges } from '../../src/quant/settle';

/** Values after quantization and dequantization. */
export function approximate(values: Float32Array, layout: GroupLayout, parameters: GroupParameters, coding: Coding, scaleType: ScaleType): Float32Array {
  return dequantizeCodes(quantizeValues(values, layout, parameters, coding), layout, parameters, scaleType);
}

/** Parameters of a whole tensor by the reference arithmetic. */
export function referenceParameters(values: Float32Array, layout: GroupLayout, coding: Coding, range: RangeMethod, scaleType: ScaleType): GroupParameters {
  const ranges = runSearch(settleRanges(rangesOf(values, layout), { ...coding, range }), (candidates) =>
    candidates.map((candidate) => groupNoises(values, approximate(values, layout, groupParameters(candidate, coding, scaleType), coding, scaleType), layout)),
  );
  return groupParameters(ranges, coding, scaleType);
}
