import type { Step } from './step';

/** Operators whose output is another view of their input's memory. */
const VIEWS: ReadonlySet<string> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout']);

/** True for a step whose first output needs no memory of its own. */
export function isView(step: Step): boolean {
  return step.node.domain === '' && VIEWS.has(step.node.op);
}

/** True for a step whose outputs are those of the operators inside it. */
export function holdsOthers(step: Step): boolean {
  return step.callee !== null || (step.node.op === 'If' && step.bodies.size > 0);
}

/** Operators that compute each output element from the elements at its place alone, and so may write over an input. */
const ELEMENTWISE: ReadonlySet<string> = new Set([
  'Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'BitwiseNot', 'Cast', 'CastLike', 'Ceil', 'Celu', 'Clip', 'Cos', 'Cosh', 'Elu', 'Erf', 'Exp', 'Floor', 'Gelu', 'HardSigmoid', 'HardSwish',
  'LeakyRelu', 'Log', 'Mish', 'Neg', 'Not', 'PRelu', 'Reciprocal', 'Relu', 'Round', 'Selu', 'Shrink', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softplus', 'Softsign', 'Sqrt', 'Swish', 'Tan', 'Tanh', 'ThresholdedRelu',
  'QuickGelu', 'FastGelu', 'BiasGelu', 'BatchNormalization',
  'Add', 'And', 'BitShift', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'Div', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Max', 'Mean', 'Min', 'Mod', 'Mul', 'Or', 'Pow', 'Sub', 'Sum', 'Where', 'Xor',
]);

/** True for a step whose output may take an input's place in memory. */
export function isElementwise({ node: { domain, op } }: Step): boolean {
  return ELEMENTWISE.has(op) && (domain === '' || domain === 'com.microsoft');
}
