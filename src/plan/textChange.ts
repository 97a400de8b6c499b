/** Replaces `length` characters from `offset` by `content`. Offsets are UTF-16, as in editors. */
export interface TextChange {
  readonly offset: number;
  readonly length: number;
  readonly content: string;
}

/** An edit of a text, its one change and the change that takes it back. */
export interface TextEdit {
  readonly text: string;
  readonly change: TextChange;
  readonly inverse: TextChange;
}

export function applyChange(text: string, { offset, length, content }: TextChange): string {
  return text.slice(0, offset) + content + text.slice(offset + length);
}

/** Applies changes that do not overlap and refer to the same text. */
export function applyChanges(text: string, changes: readonly TextChange[]): string {
  const ordered = [...changes].sort((a, b) => a.offset - b.offset || a.length - b.length);
  const parts: string[] = [];
  let at = 0;
  for (const { offset, length, content } of ordered) {
    parts.push(text.slice(at, offset), content);
    at = offset + length;
  }
  parts.push(text.slice(at));
  return parts.join('');
}

/** The edit from one text to another as the smallest single change that does not cut a character in two. */
export function editBetween(before: string, after: string): TextEdit {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  if (start > 0 && isHighSurrogate(before, start - 1)) start--;
  let same = 0;
  while (same < shorter - start && before[before.length - 1 - same] === after[after.length - 1 - same]) same++;
  if (same > 0 && (isHighSurrogate(before, before.length - same - 1) || isHighSurrogate(after, after.length - same - 1))) same--;
  const removed = before.slice(start, before.length - same);
  const added = after.slice(start, after.length - same);
  return {
    text: after,
    change: { offset: start, length: removed.length, content: added },
    inverse: { offset: start, length: added.length, content: removed },
  };
}

function isHighSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xd800 && code <= 0xdbff;
}
