import type { Dim } from '../dim';
import type { Dims } from '../value';
import type { ShapeRule, ShapeRules } from './rule';
import { sameAsInput } from './rule';

/** Y like X; training mode adds running statistics [C]. */
const batchNormalization: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const statistics: Dims = [x[1] ?? 1];
  return [x, ...Array.from({ length: Math.max(0, call.outputCount - 1) }, () => statistics)];
};

/** Y like X; mean and inverse deviation have 1 from `axis` on. */
function overTrailingAxes(firstInput: number): ShapeRule {
  return (call) => {
    const x = call.shape(firstInput);
    if (x === null) return null;
    const axis = call.int('axis', -1);
    const from = axis < 0 ? axis + x.length : axis;
    const statistics = x.map((extent, at): Dim => (at < from ? extent : 1));
    return [x, statistics, statistics];
  };
}

/** Input + skip, normalized; the fourth output is their sum. */
const skipNormalization: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const statistics = [...x.slice(0, -1), 1];
  return [x, statistics, statistics, x];
};

/** Token ids [batch, seq] and an embedding table [vocabulary, hidden] → [batch, seq, hidden], mask index [batch], sum. */
const embedLayerNormalization: ShapeRule = (call) => {
  const ids = call.shape(0);
  const table = call.shape(2);
  if (ids === null || table === null) return null;
  const embedded = [...ids, table[1] ?? 1];
  return [embedded, [ids[0] ?? 1], embedded];
};

export const normalizationShapes: ShapeRules = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: sameAsInput,
  GroupNormalization: sameAsInput,
  GroupNorm: sameAsInput,
  SkipGroupNorm: sameAsInput,
  LayerNormalization: overTrailingAxes(0),
  RMSNormalization: overTrailingAxes(0),
  SimplifiedLayerNormalization: overTrailingAxes(0),
  SkipLayerNormalization: skipNormalization,
  SkipSimplifiedLayerNormalization: skipNormalization,
  EmbedLayerNormalization: embedLayerNormalization,
  QEmbedLayerNormalization: embedLayerNormalization,
};
