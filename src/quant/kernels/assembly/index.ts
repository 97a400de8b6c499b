export { fromFloat16, fromBfloat16, fromDouble } from './convert';
export { ranges, clearRanges, signal, magnitude } from './ranges';
export { parameters } from './parameters';
export { measure, groupNoises, quantizeToBytes, quantizeToShorts, errorsOf, quantizeToHalves, halfErrorsOf, clearErrors, noise, maxError } from './quantize';
export { packNibbles, packCrumbs } from './pack';
export { statistics, histogram, clearStatistics, sum, squares, zeros, nonFinite, low, high } from './statistics';

/** First byte of memory that is free for buffers. */
export function heapBase(): usize {
  return __heap_base;
}
