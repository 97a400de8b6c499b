import type { ModelInfo } from './layer';

/**
 * The dimensions that stand for the batch: symbols without a value that are the first dimension of an input. Each is
 * given the value 1, with which a model's compute is usually quoted; other symbols are for the person to set.
 */
export function batchDimensions({ inputs, dimensions }: ModelInfo): Readonly<Record<string, number>> {
  const first = inputs.flatMap(({ shape }) => shape?.[0] ?? []);
  return Object.fromEntries(first.filter((dim) => typeof dim === 'string' && dim in dimensions && dimensions[dim] === null).map((dim) => [dim, 1]));
}
