import type { ShapeRule, ShapeRules } from './rule';
import { sameAsInput } from './rule';

/** y like x, and one scale and zero point. */
const dynamicQuantize: ShapeRule = (call) => {
  const x = call.shape(0);
  return x && [x, [], []];
};

export const quantizationShapes: ShapeRules = {
  QuantizeLinear: sameAsInput,
  DequantizeLinear: sameAsInput,
  DynamicQuantizeLinear: dynamicQuantize,
};
