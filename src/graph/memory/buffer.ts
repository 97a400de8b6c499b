/** A piece of memory that one tensor, with its views, lives in. Times count operators in the order in which they run. */
export interface Buffer {
  readonly name: string;
  readonly bytes: number;
  /** With floats as 8-bit codes. */
  readonly eightBitBytes: number;
  /** Null: a model input. */
  readonly madeAt: number | null;
  readonly from: number;
  to: number;
  /** True where somebody else relies on it: model inputs and outputs, results of bodies. It is never overwritten. */
  kept: boolean;
  /** The loop body or branch that it belongs to: outside of it, it may be needed again. */
  readonly region: number;
}

/** An elementwise operator that could write where one of its inputs is. */
export interface InPlaceChance {
  readonly at: number;
  readonly output: Buffer;
  readonly inputs: readonly Buffer[];
}

/** The memory that a program needs, in the order in which it is first written. */
export interface BufferTrace {
  readonly buffers: readonly Buffer[];
  readonly chances: readonly InPlaceChance[];
  /** The layer of each operator, in the order in which they run. */
  readonly rows: readonly number[];
  readonly largestStep: { readonly bytes: number; readonly at: number };
  readonly unknown: number;
}

/** Notes that a buffer is needed then. */
export function use(buffer: Buffer | undefined, at: number): void {
  if (buffer !== undefined && at > buffer.to) buffer.to = at;
}

/** Notes that somebody else relies on a buffer until then. */
export function keep(buffer: Buffer | undefined, until: number): void {
  if (buffer === undefined) return;
  use(buffer, until);
  buffer.kept = true;
}
