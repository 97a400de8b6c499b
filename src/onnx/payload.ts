import type { ByteSpan } from './model';

/** One run of a tensor's elements. `bytes` holds it when it is small, without tags, as a packed field would. */
export interface PayloadRun extends ByteSpan {
  readonly field: number;
  readonly bytes: Uint8Array | null;
}
