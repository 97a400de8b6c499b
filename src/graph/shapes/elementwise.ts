import type { ShapeRule, ShapeRules } from './rule';
import { broadcast, broadcastInputs, sameAsInput, twiceInput } from './rule';

const UNARY = [
  'Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'BitwiseNot', 'Cast', 'CastLike', 'Ceil', 'Celu', 'Clip', 'Cos', 'Cosh', 'CumSum', 'CumProd',
  'Elu', 'Erf', 'Exp', 'Floor', 'Gelu', 'HardSigmoid', 'HardSwish', 'Hardmax', 'Identity', 'IsInf', 'IsNaN', 'LeakyRelu', 'Log', 'LogSoftmax',
  'Mish', 'Neg', 'Not', 'PRelu', 'Reciprocal', 'Relu', 'Round', 'ScaledTanh', 'ParametricSoftplus', 'Selu', 'Shrink', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softmax', 'Softplus', 'Softsign',
  'Sqrt', 'Swish', 'Tan', 'Tanh', 'ThresholdedRelu', 'Trilu', 'Scaler', 'Binarizer', 'Affine', 'ImageScaler', 'LRN', 'LpNormalization', 'MeanVarianceNormalization',
  'EyeLike', 'Bernoulli', 'RandomNormalLike', 'RandomUniformLike', 'ReverseSequence', 'ScatterElements', 'Scatter', 'ScatterND', 'TensorScatter',
  'BitCast', 'RegexFullMatch', 'OptionalGetElement',
  'QuickGelu', 'FastGelu', 'BiasGelu', 'BiasAdd', 'QLinearSigmoid', 'QLinearLeakyRelu', 'QLinearSoftmax', 'BiasSoftmax',
] as const;

const BROADCASTING = [
  'Add', 'And', 'BitShift', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'Div', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Max', 'Mean', 'Min',
  'Mod', 'Mul', 'Or', 'Pow', 'StringConcat', 'Sub', 'Sum', 'Where', 'Xor',
] as const;

const every = (names: readonly string[], rule: ShapeRule): ShapeRules => Object.fromEntries(names.map((name) => [name, rule]));

/** QLinearAdd and QLinearMul: A, its scale and zero point, B, … */
const quantizedBinary: ShapeRule = (call) => {
  const a = call.shape(0);
  const b = call.shape(3);
  const shape = a && b && broadcast(call, [a, b]);
  return shape && [shape];
};

export const elementwiseShapes: ShapeRules = {
  ...every(UNARY, sameAsInput),
  ...every(BROADCASTING, broadcastInputs),
  QLinearAdd: quantizedBinary,
  QLinearMul: quantizedBinary,
  Dropout: twiceInput,
};
