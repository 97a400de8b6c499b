import type { StoredScheme, Way } from '../../targets/target';
import type { StoredWeight } from '../storedWeights';
import type { TensorPlace } from './places';
import type { OpsetRaise } from './raiseOpset';

/** A weight that is to be stored in another way. */
export interface Conversion {
  readonly stored: StoredWeight;
  readonly place: TensorPlace;
  readonly scheme: StoredScheme;
  /** How it can be loaded here. */
  readonly way: Way;
  /** Stores zero points although all of them are 0: onnxruntime computes a Gemm on codes only when it sees them. */
  readonly explicitZeroPoints?: boolean;
  /** What the model's standard operator set has to be raised to for that; null: it can stay. */
  readonly raise: Extract<OpsetRaise, { readonly kind: 'possible' }> | null;
}
