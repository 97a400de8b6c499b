import type { QuantizedLayer, QuantizedWeight, QuantizeResult } from '../jobs/records';

/**
 * What `nibble quantize --json` prints. A layer's `weights` are one record; where a layer has several tensors (LSTM), errors
 * are those of the worst, bytes are sums, and `tensors` has each. `sqnrDb` is null when exact (`maxError` is 0) or undefined.
 */
export function quantizeJson(result: QuantizeResult): object {
  return { ...result, layers: result.layers.map((layer) => ({ name: layer.name, op: layer.op, weights: summarizeWeights(layer), tensors: layer.weights })) };
}

export type LayerWeights = Pick<QuantizedWeight, 'stored' | 'format' | 'symmetric' | 'granularity' | 'sqnrDb' | 'maxError' | 'bytes' | 'skipped'>;

/** The weights of a layer as one record; null for a layer without. */
export function summarizeWeights({ weights }: QuantizedLayer): LayerWeights | null {
  const changed = weights.filter(({ format }) => format !== 'float');
  const [first] = changed.length > 0 ? changed : weights;
  if (first === undefined) return null;
  const { stored, format, symmetric, granularity } = first;
  return {
    stored,
    format,
    symmetric,
    granularity,
    sqnrDb: weights.reduce<number | null>((lowest, { sqnrDb }) => (sqnrDb === null ? lowest : Math.min(lowest ?? Infinity, sqnrDb)), null),
    maxError: Math.max(...weights.map(({ maxError }) => maxError)),
    bytes: { before: sum(weights.map(({ bytes }) => bytes.before)), after: sum(weights.map(({ bytes }) => bytes.after)) },
    skipped: weights.map(({ skipped }) => skipped).find((reason) => reason !== '') ?? '',
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
