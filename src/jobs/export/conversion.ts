import type { StoredScheme } from '../../targets/target';
import type { StoredWeight } from '../storedWeights';
import type { TensorPlace } from './places';

/** A weight that is to be stored in another way. */
export interface Conversion {
  readonly stored: StoredWeight;
  readonly place: TensorPlace;
  readonly scheme: StoredScheme;
  /** The domain whose DequantizeLinear can do it here. */
  readonly domain: string;
}
