import type { WeightTable, WeightUnit } from './weightTable';
import { weightsPer } from './weightTable';

/**
 * Operations per element that an operator spends besides multiply-accumulates: the weights behind the FLOPs figure.
 * An elementary function (add, compare, divide, exp, sqrt, erf, tanh …) counts 1; a composed one counts the elementary
 * functions in its definition, constants folded. Sigmoid: negate, exp, add, reciprocal = 4.
 */
const PER_OUTPUT: Readonly<Record<string, number>> = {
  Abs: 1, Acos: 1, Acosh: 1, And: 1, Asin: 1, Asinh: 1, Atan: 1, Atanh: 1, BitShift: 1, BitwiseAnd: 1, BitwiseNot: 1, BitwiseOr: 1, BitwiseXor: 1,
  Ceil: 1, Cos: 1, Cosh: 1, CumSum: 1, CumProd: 1, Equal: 1, Erf: 1, Exp: 1, Floor: 1, Greater: 1, GreaterOrEqual: 1, IsInf: 1, IsNaN: 1,
  Less: 1, LessOrEqual: 1, Log: 1, Mod: 1, Neg: 1, Not: 1, Or: 1, Pow: 1, Reciprocal: 1, Relu: 1, Round: 1, Sign: 1, Sin: 1, Sinh: 1, Sqrt: 1,
  Tan: 1, Tanh: 1, RegexFullMatch: 1, StringConcat: 1, Where: 1, Xor: 1, Add: 1, Sub: 1, Mul: 1, Div: 1, BiasAdd: 1,
  Clip: 2, LeakyRelu: 2, PRelu: 2, ThresholdedRelu: 1, Shrink: 2, ScaledTanh: 3, Softsign: 3, Softplus: 3, ParametricSoftplus: 5,
  Sigmoid: 4, HardSigmoid: 4, Elu: 4, Selu: 5, Celu: 5, HardSwish: 5, Swish: 5, QuickGelu: 6, Gelu: 5, FastGelu: 8, BiasGelu: 6, Mish: 5,
  Softmax: 5, LogSoftmax: 5, Hardmax: 1, BiasSoftmax: 6,
  // Mean, difference, square, sum, and scale and shift twice for those that compute their statistics.
  InstanceNormalization: 7, GroupNormalization: 7, GroupNorm: 7, SkipGroupNorm: 8, LayerNormalization: 7, MeanVarianceNormalization: 5,
  RMSNormalization: 4, SimplifiedLayerNormalization: 4, SkipLayerNormalization: 8, SkipSimplifiedLayerNormalization: 5, EmbedLayerNormalization: 9,
  LpNormalization: 3, LRN: 5,
  QuantizeLinear: 2, DequantizeLinear: 2, DynamicQuantizeLinear: 4, QLinearAdd: 5, QLinearMul: 4, QLinearSigmoid: 8, QLinearLeakyRelu: 6, QLinearSoftmax: 9,
  RotaryEmbedding: 3, MRotaryEmbedding: 3, GemmaRotaryEmbedding: 4, SwiGLU: 6, ScaledSiLU: 5, GatedRMSNorm: 9, GatedAdd: 2, BiasSplitGelu: 7, BranchwiseRMSNorm: 4, EngramGate: 12, LinearAttentionGate: 5, NGramHashMapping: 4, VarlenNGramHashMapping: 4, BitmaskBiasDropout: 2, QOrderedGelu: 9, QOrderedLayerNormalization: 9, QuantizeWithOrder: 2, DequantizeWithOrder: 2, CropAndResize: 8, FusedMatMulActivation: 1, GemmFastGelu: 8, ComplexMul: 3, ComplexMulConj: 3, MulInteger: 3,
  QLinearWhere: 3, QEmbedLayerNormalization: 9, Normalizer: 3, Imputer: 1, MurmurHash3: 20, GridSample: 8, Affine: 2, ImageScaler: 2, Scaler: 2, Binarizer: 1, Range: 2,
};

/** Operators that look at every input element: a reduction adds, compares or multiplies once for each. */
const PER_INPUT: Readonly<Record<string, number>> = {
  ReduceL1: 2, ReduceL2: 2, ReduceLogSum: 1, ReduceLogSumExp: 2, ReduceMax: 1, ReduceMean: 1, ReduceMin: 1, ReduceProd: 1, ReduceSum: 1, ReduceSumSquare: 2,
  ReduceSumInteger: 1, QLinearReduceMean: 3, NegativeLogLikelihoodLoss: 1, SoftmaxCrossEntropyLoss: 5, ArgMax: 1, ArgMin: 1, GlobalAveragePool: 1, GlobalMaxPool: 1, GlobalLpPool: 2, QLinearGlobalAveragePool: 1, TopK: 1,
  NonMaxSuppression: 1, NonZero: 1, Unique: 1, Det: 1, DynamicTimeWarping: 3, IsAllFinite: 1, TfIdfVectorizer: 1,
};

/** Weights whose unit is neither an output nor an input element; `Operator.part` where an operator has several. */
const OTHERS: readonly (readonly [WeightUnit, Readonly<Record<string, number>>])[] = [
  ['fold', { Max: 1, Min: 1, Sum: 1, Mean: 1 }],
  // Scale and shift.
  ['unfolded', { BatchNormalization: 2 }],
  ['window', { MaxPool: 1, AveragePool: 1, LpPool: 1, QLinearAveragePool: 1, NhwcMaxPool: 1, MaxpoolWithMask: 1 }],
  // Nearest neighbours are copied.
  ['nearest', { Resize: 0, Upsample: 0 }],
  ['linear', { Resize: 4, Upsample: 4 }],
  ['cubic', { Resize: 8, Upsample: 8 }],
  ['output', { MaxRoiPool: 4, RoiAlign: 16 }],
  // The usual count for a fast Fourier transform: 5 N log2 N for each line of N values.
  ['transform', { DFT: 5, STFT: 5 }],
  // Activations of the gates and the update of the state.
  ['hidden', { LSTM: 21, DynamicQuantizeLSTM: 21, GRU: 14, RNN: 2 }],
  // Scaling, then softmax at 5.
  ['score', { Attention: 6, MultiHeadAttention: 6, GroupQueryAttention: 6, FlexAttention: 6, SparseAttention: 6, PagedAttention: 6, QAttention: 6, PackedAttention: 6, PackedMultiHeadAttention: 6, DecoderMaskedSelfAttention: 6, DecoderMaskedMultiHeadAttention: 6 }],
  // A comparison at every node, a sum at the leaf.
  ['path', { TreeEnsemble: 1, TreeEnsembleClassifier: 1, TreeEnsembleRegressor: 1 }],
  // Four neighbours are read and mixed.
  ['sample', { DeformConv: 4 }],
];

/** The weights of the strict convention. */
export const STRICT_WEIGHTS: WeightTable = [
  ...weightsPer('output', PER_OUTPUT),
  ...weightsPer('input', PER_INPUT),
  ...OTHERS.flatMap(([unit, weights]) => weightsPer(unit, weights)),
];

/** Operators that only move, copy, view or make data. */
export const FREE_OPERATORS: ReadonlySet<string> = new Set([
  'Bernoulli', 'BitCast', 'Cast', 'CastLike', 'CenterCropPad', 'Col2Im', 'Compress', 'Concat', 'ConcatFromSequence', 'Constant', 'ConstantFill', 'ConstantOfShape', 'DepthToSpace', 'Dropout',
  'Expand', 'EyeLike', 'Flatten', 'Gather', 'GatherBlockQuantized', 'GatherElements', 'GatherND', 'Identity', 'MaxUnpool', 'OneHot', 'Optional',
  'OptionalGetElement', 'OptionalHasElement', 'Pad', 'QLinearConcat', 'RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Multinomial', 'Reshape', 'ReverseSequence',
  'Scatter', 'ScatterElements', 'ScatterND', 'SequenceAt', 'SequenceConstruct', 'SequenceEmpty', 'SequenceErase', 'SequenceInsert', 'SequenceLength', 'Shape', 'Size',
  'Slice', 'SpaceToDepth', 'Split', 'SplitToSequence', 'Squeeze', 'TensorScatter', 'Tile', 'Transpose', 'Trilu', 'Unsqueeze', 'AffineGrid',
  'HannWindow', 'HammingWindow', 'BlackmanWindow', 'MelWeightMatrix', 'ReorderInput', 'ReorderOutput', 'RemovePadding', 'RestorePadding', 'ExpandDims', 'TorchEmbedding', 'UnfoldTensor',
  'RelativePositionBias', 'NGramRepeatBlock', 'BiasDropout', 'SequenceMap', 'StringSplit', 'StringNormalizer', 'LabelEncoder', 'CategoryMapper', 'CastMap', 'ZipMap', 'ArrayFeatureExtractor',
  'DictVectorizer', 'FeatureVectorizer', 'OneHotEncoder', 'BitmaskDropout', 'SampleOp', 'Tokenizer',
]);
