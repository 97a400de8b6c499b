import type { ModelInfo } from '../graph/layer';
import { nearest } from './unmatched';

/** A dimension that has a value although the model does not have it. */
export interface UnknownDimension {
  readonly name: string;
  /** The nearest name that the model has; null when none is near. */
  readonly suggestion: string | null;
  /** All that it has. */
  readonly known: readonly string[];
}

/** Of the dimensions that were given values, those that a model has neither in its inputs nor at run time. */
export function unknownDimensions(given: Readonly<Record<string, number>>, { dimensions, runtimeDimensions }: Pick<ModelInfo, 'dimensions' | 'runtimeDimensions'>): readonly UnknownDimension[] {
  const known = [...Object.keys(dimensions), ...Object.keys(runtimeDimensions)];
  return Object.keys(given).filter((name) => !known.includes(name)).map((name) => ({ name, suggestion: nearest(name, known), known }));
}
