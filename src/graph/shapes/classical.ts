import type { Call } from '../call';
import type { Dim } from '../dim';
import { product, UNKNOWN_DIM } from '../dim';
import type { Dims } from '../value';
import type { ShapeRule, ShapeRules } from './rule';
import { sameAsInput, withAxis } from './rule';

/** Rows of a table of features: [N, F], or one row [F]. */
function rowsOf(call: Call): Dim | null {
  const x = call.shape(0);
  return x && (x.length > 1 ? x[0]! : 1);
}

/** How many classes a classifier tells apart, by whichever list names them. */
function classCount(call: Call): Dim {
  for (const name of ['classlabels_ints', 'classlabels_int64s', 'classlabels_strings']) {
    const attribute = call.attribute(name);
    if (attribute?.kind === 'ints' || attribute?.kind === 'strings') return attribute.value.length;
  }
  return UNKNOWN_DIM;
}

/** A label for each row and a score for each class. */
const classifier: ShapeRule = (call) => {
  const rows = rowsOf(call);
  return rows === null ? null : [[rows], [rows, classCount(call)]];
};

/** Without probabilities the scores are one for each pair of classes, in a number that runtimes differ in. */
const supportVectorClassifier: ShapeRule = (call) => {
  const rows = rowsOf(call);
  if (rows === null) return null;
  if (call.attribute('prob_a') !== undefined) return [[rows], [rows, classCount(call)]];
  call.fail('how many scores it gives depends on the runtime');
  return [[rows], [rows, UNKNOWN_DIM]];
};

/** Values for each row; the attribute tells how many. */
function regressor(attribute: string): ShapeRule {
  return (call) => {
    const rows = rowsOf(call);
    return rows === null ? null : [[rows, call.int(attribute, 1)]];
  };
}

/** X [.., F] and indices of k features → [.., k]; a vector counts as one row. */
const featureExtractor: ShapeRule = (call) => {
  const x = call.shape(0);
  const indices = call.shape(1);
  return x && indices && [[...(x.length > 1 ? x.slice(0, -1) : [1]), product(indices)]];
};

/** One place for each category behind the input's axes. */
const oneHotEncoder: ShapeRule = (call) => {
  const x = call.shape(0);
  const categories = call.attribute('cats_int64s') ?? call.attribute('cats_strings');
  const count = categories?.kind === 'ints' || categories?.kind === 'strings' ? categories.value.length : UNKNOWN_DIM;
  return x && [[...x, count]];
};

/** Rows of several inputs side by side. */
const featureVectorizer: ShapeRule = (call) => {
  const rows = rowsOf(call);
  const widths = call.ints('inputdimensions');
  if (rows === null) return null;
  return [[rows, widths === null ? UNKNOWN_DIM : widths.reduce((sum, width) => sum + width, 0)]];
};

/** StringNormalizer [C] or [1, C]: only stop words take strings away. */
const stringNormalizer: ShapeRule = (call) => {
  const x = call.shape(0);
  const stopWords = call.attribute('stopwords');
  if (x === null || stopWords?.kind !== 'strings' || stopWords.value.length === 0) return x && [x];
  call.fail('how many strings are stop words depends on the data');
  return [withAxis(x, Math.max(0, x.length - 1), UNKNOWN_DIM)];
};

/** StringSplit: the pieces of every string along a new last axis, and their number. */
const stringSplit: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  if (product(x) === 0) return [[...x, 0], x];
  call.fail('how many pieces its strings have depends on the data');
  return [[...x, UNKNOWN_DIM], x];
};

/** TfIdfVectorizer: a count for each n-gram of the pool, in place of the last axis. */
const vectorizer: ShapeRule = (call) => {
  const x = call.shape(0);
  const indexes = call.ints('ngram_indexes');
  if (x === null) return null;
  const width = indexes === null ? UNKNOWN_DIM : indexes.reduce((most, index) => Math.max(most, index), -1) + 1;
  return [[...x.slice(0, -1), width]];
};

/** An encoded picture → [height, width, channels]. */
const imageDecoder: ShapeRule = (call) => {
  call.fail('the size of its picture is in the encoded data');
  return [[UNKNOWN_DIM, UNKNOWN_DIM, call.text('pixel_format', 'RGB') === 'Grayscale' ? 1 : 3]];
};

const same = (...names: readonly string[]): ShapeRules => Object.fromEntries(names.map((name) => [name, sameAsInput]));

/** A map's values by the vocabulary's keys: one row. */
const dictionaryVectorizer: ShapeRule = (call) => {
  const words = call.attribute('string_vocabulary') ?? call.attribute('int64_vocabulary');
  const row: Dims = [1, words?.kind === 'strings' || words?.kind === 'ints' ? words.value.length : UNKNOWN_DIM];
  return [row];
};

/** Operators on tables, strings and pictures: those of ai.onnx.ml, and their relatives in the standard domain. */
export const classicalShapes: ShapeRules = {
  ...same('CategoryMapper', 'Imputer', 'LabelEncoder', 'Normalizer'),
  ArrayFeatureExtractor: featureExtractor,
  DictVectorizer: dictionaryVectorizer,
  FeatureVectorizer: featureVectorizer,
  ImageDecoder: imageDecoder,
  LinearClassifier: classifier,
  LinearRegressor: regressor('targets'),
  OneHotEncoder: oneHotEncoder,
  StringNormalizer: stringNormalizer,
  StringSplit: stringSplit,
  SVMClassifier: supportVectorClassifier,
  SVMRegressor: regressor('n_targets'),
  TfIdfVectorizer: vectorizer,
  TreeEnsemble: regressor('n_targets'),
  TreeEnsembleClassifier: classifier,
  TreeEnsembleRegressor: regressor('n_targets'),
};
