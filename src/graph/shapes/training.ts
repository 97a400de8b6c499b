import type { ShapeRule, ShapeRules } from './rule';

/** Inputs of an optimizer before its tensors: learning rate and update count. */
const SETTINGS = 2;

/**
 * An optimizer on several tensors at once: all tensors, all gradients, then all of each kind of state. It gives the new
 * tensors and the new states, without the gradients.
 */
function optimizer(states: number): ShapeRule {
  return (call) => {
    const count = (call.inputs.length - SETTINGS) / (2 + states);
    if (!Number.isInteger(count) || count < 1) return call.fail('the number of its inputs does not fit its tensors');
    const group = (kind: number) => Array.from({ length: count }, (_, index) => call.shape(SETTINGS + kind * count + index));
    return [...group(0), ...Array.from({ length: states }, (_, state) => group(2 + state)).flat()];
  };
}

/** A derivative for each of the first inputs, of its shape. */
const gradient: ShapeRule = (call) => Array.from({ length: call.outputCount }, (_, output) => call.shape(output));

/** Operators of ai.onnx.preview.training. */
export const trainingShapes: ShapeRules = {
  Adagrad: optimizer(1),
  Adam: optimizer(2),
  Gradient: gradient,
  Momentum: optimizer(1),
};
