/** Something that is wrong in a plan file, and where. */
export interface PlanProblem {
  readonly severity: 'error' | 'warning';
  /** What is wrong and what to do about it. */
  readonly message: string;
  /** UTF-16 offset and length of the text that it is about. */
  readonly offset: number;
  readonly length: number;
}

/** Line and column of an offset, both from 1, as editors and compilers print them. */
export function positionAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const breaks = before.match(/\r\n|\r|\n/g)?.length ?? 0;
  const lineStart = Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1;
  return { line: breaks + 1, column: offset - lineStart + 1 };
}
