import type { ByteSpan } from './model';

/** One run of a tensor's elements. `bytes` holds it when it is small, without tags, as a packed field would. */
export interface PayloadRun extends ByteSpan {
  readonly bytes: Uint8Array | null;
}

/** All runs of one payload field of a tensor, in file order. */
export interface Payload {
  readonly field: number;
  readonly runs: PayloadRun[];
}

/** The content of a field that the decoder does not know. */
export interface Aside {
  readonly field: number;
  readonly bytes: Uint8Array;
}

/** Where a message's content lies in the file, and what of it is not in the decoded bytes. Grows while the file is walked. */
export interface Trace extends ByteSpan {
  /** The field of the parent that holds it. */
  readonly field: number;
  children: Trace[] | null;
  payloads: Payload[] | null;
  asides: Aside[] | null;
  /** A value was longer than what is decoded and is missing from the decoded bytes. */
  incomplete: boolean;
}

/** The children that one field holds, in file order: the same order as in the decoded array of that field. */
export function childrenOf(trace: Trace, field: number): readonly Trace[] {
  return trace.children?.filter((child) => child.field === field) ?? [];
}
