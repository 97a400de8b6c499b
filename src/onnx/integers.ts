declare global {
  /** onnx-proto's declarations name this type without bringing it: what it decodes a 64-bit integer to when `long` is installed. */
  interface Long {
    toNumber(): number;
  }
}

/** A 64-bit integer as the decoder gives it. */
export type DecodedInt64 = number | Long | null | undefined;

/** The nearest double; exact within ±2^53. Absent is 0. */
export function toNumber(value: DecodedInt64): number {
  if (typeof value === 'number') return value;
  return value ? value.toNumber() : 0;
}
