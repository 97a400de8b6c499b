/** Bounds on what a model file may ask for. A file beyond one of them is refused by name instead of exhausting memory or time. */
export interface Limits {
  /** Nested messages, groups included. Protobuf's own decoders stop at 100, so no valid tool writes deeper files. */
  readonly nesting: number;
  /** Bytes of structure (names, nodes, attributes; no payloads) held in memory. Real models stay under 50 MB; this leaves room for millions of nodes. */
  readonly structureBytes: number;
  /**
   * Parts that take memory of their own however short they are in the file: messages (nodes, attributes, dimensions …),
   * separately written elements, and each eight elements of a list. An export of 100,000 nodes has about a million.
   */
  readonly parts: number;
  /** Dimensions of one tensor. NumPy stops at 64, the largest rank that any runtime accepts. */
  readonly rank: number;
  /** Bytes of one name. Exporters make scopes of a few hundred; a table cannot show more than a few thousand. */
  readonly nameBytes: number;
}

export const LIMITS: Limits = {
  nesting: 100,
  structureBytes: 256 * 2 ** 20,
  parts: 4_000_000,
  rank: 64,
  nameBytes: 64 * 2 ** 10,
};

/** Payloads up to this size are kept in memory, so that shapes and other small constants need no second read. */
export const INLINE_PAYLOAD_BYTES = 1024;

/** Attributes above this size (compiled blobs of vendor operators, tables of decision trees) stay in the file and are not decoded. */
export const INLINE_ATTRIBUTE_BYTES = 2 ** 20;
