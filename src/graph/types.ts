import type { DataType } from '../onnx/dtypes';
import { dataTypeFromCode } from '../onnx/dtypes';
import type { Call } from './call';

/** Element types of an operator's outputs. */
type TypeRule = (call: Call) => readonly DataType[];

const always = (...types: readonly DataType[]): TypeRule => () => types;
const likeInput = (input: number): TypeRule => (call) => [call.dataType(call.has(input) ? input : 0)];

function every(ops: readonly string[], rule: TypeRule): readonly (readonly [string, TypeRule])[] {
  return ops.map((op) => [op, rule] as const);
}

/** An attribute that holds a `TensorProto.DataType` number. */
const fromAttribute = (name: string, otherwise: (call: Call) => DataType): TypeRule => (call) => {
  const code = call.int(name, 0);
  return [code === 0 ? otherwise(call) : dataTypeFromCode(code)];
};

const fillValue: TypeRule = (call) => {
  const value = call.attribute('value');
  return [value?.kind === 'tensor' ? value.value.dataType : 'float'];
};

/** QuantizeLinear: the zero point's type, else the attribute's, else uint8. */
const quantized: TypeRule = (call) => {
  if (call.has(2)) return [call.dataType(2)];
  const code = call.int('output_dtype', 0);
  return [code === 0 ? 'uint8' : dataTypeFromCode(code)];
};

/** LabelEncoder: the type of what values are replaced by. Before its second version it gave strings for numbers and numbers for strings. */
const replaced: TypeRule = (call) => {
  if (call.attribute('classes_strings') !== undefined) return [call.dataType(0) === 'string' ? 'int64' : 'string'];
  if (call.attribute('values_int64s') !== undefined) return ['int64'];
  if (call.attribute('values_strings') !== undefined) return ['string'];
  const tensor = call.attribute('values_tensor');
  return [tensor?.kind === 'tensor' ? tensor.value.dataType : 'float'];
};

/** A classifier's labels are strings or integers; its scores are floats. */
const classified: TypeRule = (call) => [call.attribute('classlabels_strings') === undefined ? 'int64' : 'string', 'float'];

/** Operators whose outputs are not all of input 0's type. */
const RULES: ReadonlyMap<string, TypeRule> = new Map([
  ...every(['And', 'Or', 'Xor', 'Not', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'IsNaN', 'IsInf', 'OptionalHasElement', 'RegexFullMatch'], always('bool')),
  ...every(['Shape', 'Size', 'NonZero', 'ArgMax', 'ArgMin', 'NonMaxSuppression', 'SequenceLength'], always('int64')),
  ...every(['Where', 'CastLike'], likeInput(1)),
  ...every(['Cast', 'BitCast'], fromAttribute('to', () => 'undefined')),
  ...every(['EyeLike', 'RandomNormalLike', 'RandomUniformLike', 'Bernoulli'], fromAttribute('dtype', (call) => call.dataType(0))),
  ...every(['RandomNormal', 'RandomUniform'], fromAttribute('dtype', () => 'float')),
  ...every(['HannWindow', 'HammingWindow', 'BlackmanWindow', 'MelWeightMatrix'], fromAttribute('output_datatype', () => 'float')),
  ...every(['Multinomial'], fromAttribute('dtype', () => 'int32')),
  ...every(['ConstantOfShape'], fillValue),
  ...every(['OneHot'], likeInput(2)),
  ...every(['QuantizeLinear'], quantized),
  ...every(['DequantizeLinear'], fromAttribute('output_dtype', (call) => call.dataType(1))),
  ...every(['DynamicQuantizeLinear'], always('uint8', 'float', 'uint8')),
  ...every(['ConvInteger', 'MatMulInteger'], always('int32')),
  ...every(['MatMulIntegerToFloat'], likeInput(2)),
  ...every(['QLinearConv', 'QLinearMatMul', 'QLinearAdd', 'QLinearMul'], likeInput(7)),
  ...every(['QGemm'], (call) => [call.has(8) ? call.dataType(8) : 'float']),
  ...every(['QLinearConcat'], likeInput(1)),
  ...every(['Dropout'], (call) => [call.dataType(0), 'bool']),
  ...every(['TopK'], (call) => [call.dataType(0), 'int64']),
  ...every(['MaxPool'], (call) => [call.dataType(0), 'int64']),
  ...every(['Unique'], (call) => [call.dataType(0), 'int64', 'int64', 'int64']),
  ...every(['LayerNormalization', 'RMSNormalization'], (call) => [call.dataType(0), 'float', 'float']),
  ...every(['SkipLayerNormalization', 'SkipSimplifiedLayerNormalization'], (call) => [call.dataType(0), 'float', 'float', call.dataType(0)]),
  ...every(['EmbedLayerNormalization'], (call) => [call.dataType(2), 'int32', call.dataType(2)]),
  ...every(['GatherBlockQuantized'], likeInput(2)),
  ...every(['LabelEncoder', 'CategoryMapper'], replaced),
  ...every(['LinearClassifier', 'SVMClassifier', 'TreeEnsembleClassifier'], classified),
  ...every(['LinearRegressor', 'SVMRegressor', 'TreeEnsembleRegressor', 'OneHotEncoder', 'Normalizer', 'FeatureVectorizer', 'TfIdfVectorizer', 'Scaler'], always('float')),
  ...every(['ImageDecoder'], always('uint8')),
  ...every(['StringSplit'], always('string', 'int64')),
  ...every(['QAttention'], likeInput(3)),
  ...every(['QEmbedLayerNormalization'], (call) => [call.dataType(8), 'int32']),
  ...every(['MatMulInteger16', 'MulInteger'], always('int32')),
  ...every(['QLinearWhere'], likeInput(1)),
  ...every(['RemovePadding'], (call) => [call.dataType(0), 'int32', 'int32', 'int32']),
  ...every(['MurmurHash3'], (call) => [call.int('positive', 1) === 0 ? 'int32' : 'uint32']),
  ...every(['NGramRepeatBlock'], likeInput(1)),
  ...every(['BiasDropout'], (call) => [call.dataType(0), 'bool']),
  ...every(['BitmaskDropout', 'BitmaskBiasDropout'], (call) => [call.dataType(0), 'uint32']),
  ...every(['IsAllFinite'], always('bool')),
  ...every(['DynamicTimeWarping'], always('int32')),
  ...every(['QuantizeWithOrder'], always('int8')),
  ...every(['DequantizeWithOrder'], always('float')),
  ...every(['TreeEnsemble'], likeInput(0)),
  ...every(['GemmaRotaryEmbedding'], likeInput(1)),
  ...every(['PagedAttention'], (call) => [call.dataType(0), call.dataType(3), call.dataType(4)]),
]);

/** The element type of output `index`: the operator's rule where it has one, else the type of input 0. */
export function outputType(types: readonly DataType[], index: number): DataType {
  return types[index] ?? types[0] ?? 'undefined';
}

/** Element types of the outputs, for operators that Nibble knows. Outputs past the end are like the first. */
export function outputTypes(call: Call): readonly DataType[] {
  return RULES.get(call.op)?.(call) ?? [call.dataType(0)];
}
