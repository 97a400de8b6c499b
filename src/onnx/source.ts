/**
 * Random access to a file's bytes. Reads are synchronous because the caller is always a process of its own (the engine,
 * a worker or the command line), and because a skim makes thousands of tiny reads.
 */
export interface ByteSource {
  /** What to call it in messages: a path or a URI. */
  readonly name: string;
  /** Length in bytes when it was opened. */
  readonly size: number;
  /**
   * Fills `target` with the bytes from `offset`. Throws `truncated` when the file ends before and `changed` when the
   * file is no longer the one that was opened.
   */
  readInto(target: Uint8Array, offset: number): void;
  close(): void;
}

/** Opens the files that a model names beside itself (external data). `location` is relative to the model's folder. */
export interface SiblingFiles {
  open(location: string): ByteSource;
}
