import { createScanner, type Node } from 'jsonc-parser';
import { applyChanges, type TextChange } from './textChange';

/** What to do with the children of one JSON object or array. Indices are those of `container.children`. */
export interface ContainerEdit {
  readonly remove?: ReadonlySet<number>;
  /** Changes inside children that stay. */
  readonly within?: readonly TextChange[];
  /** JSON of new elements, or `"name": value` of new properties, for the end. */
  readonly append?: readonly string[];
}

/**
 * Edits the children of an object or array and leaves every other character as it is. A removed child takes along its comma,
 * the comment behind it on its line and the comments above it; a trailing comma stays or stays away as it was.
 */
export function editContainer(text: string, container: Node, { remove = new Set(), within = [], append = [] }: ContainerEdit): string {
  const children = container.children ?? [];
  const close = container.offset + container.length - 1;
  const commas = children.map((child, index) => commaBetween(text, end(child), children[index + 1]?.offset ?? close));
  /** Where the line that belongs to each child ends; the next child's text starts there. */
  const tails = children.map((child, index) => restOfLine(text, (commas[index] ?? end(child) - 1) + 1, children[index + 1]?.offset ?? close));
  const head = restOfLine(text, container.offset + 1, children[0]?.offset ?? close);
  const trailingComma = commas.at(-1) !== null && children.length > 0;

  const changes: TextChange[] = [...within];
  for (let index = 0; index < children.length; index++) {
    if (!remove.has(index)) continue;
    const start = index === 0 ? head : tails[index - 1]!;
    while (remove.has(index + 1)) index++;
    // The line above may end in a comment: it must not run on into what follows on the removed child's line.
    const keepsBreak = isBreak(text, start) && !isBreak(text, tails[index]!);
    changes.push({ offset: start, length: tails[index]! - start, content: keepsBreak ? endOfLine(text) : '' });
  }
  const lastKept = children.findLastIndex((_, index) => !remove.has(index));
  const comma = commas[lastKept] ?? null;
  if (append.length === 0) {
    if (lastKept >= 0 && lastKept < children.length - 1 && !trailingComma && comma !== null) changes.push({ offset: comma, length: 1, content: '' });
    return applyChanges(text, changes);
  }

  if (lastKept >= 0 && comma === null) changes.push({ offset: end(children[lastKept]!), length: 0, content: ',' });
  const eol = endOfLine(text);
  const outer = indentationAt(text, container.offset);
  const inner = children[0] && startsLine(text, children[0].offset) ? indentationAt(text, children[0].offset) : outer + indentationUnit(text);
  const items = append.map((item) => eol + inner + item).join(',');
  const lastEnd = children.length === 0 ? head : tails.at(-1)!;
  const closesOnOwnLine = /[\r\n]/.test(text.slice(lastEnd, close));
  const offset = lastKept >= 0 ? tails[lastKept]! : head;
  changes.push({ offset, length: 0, content: items + (trailingComma ? ',' : '') + (closesOnOwnLine ? '' : eol + outer) });
  return applyChanges(text, changes);
}

/** JSON on one line, with the spaces that a person would put: `{ "bits": 4, "granularity": { "block": 32 } }`. */
export function inlineJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inlineJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return entries.length === 0 ? '{}' : `{ ${entries.map(([name, field]) => `${JSON.stringify(name)}: ${inlineJson(field)}`).join(', ')} }`;
}

function end(node: Node): number {
  return node.offset + node.length;
}

/** Offset of the comma between two offsets with nothing else but white space and comments there; null without one. */
function commaBetween(text: string, from: number, to: number): number | null {
  const scanner = createScanner(text, true);
  scanner.setPosition(from);
  scanner.scan();
  const at = scanner.getTokenOffset();
  return at < to && text[at] === ',' ? at : null;
}

/**
 * Where the rest of a line from `from` ends: before its line break, past blanks and comments; `from` itself when something
 * else, or the next child, follows on that line.
 */
function restOfLine(text: string, from: number, limit: number): number {
  const rest = /^(?:[ \t]|\/\*(?:(?!\*\/)[^\r\n])*\*\/)*(?:\/\/[^\r\n]*)?/.exec(text.slice(from, limit))?.[0] ?? '';
  const stop = from + rest.length;
  return stop < limit && isBreak(text, stop) ? stop : from;
}

function isBreak(text: string, at: number): boolean {
  return text[at] === '\n' || text[at] === '\r';
}

function endOfLine(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Blanks at the start of the line that holds an offset. */
function indentationAt(text: string, offset: number): string {
  const line = Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
  return /^[ \t]*/.exec(text.slice(line, offset))?.[0] ?? '';
}

function startsLine(text: string, offset: number): boolean {
  return /(?:^|[\r\n])[ \t]*$/.test(text.slice(Math.max(0, offset - 200), offset));
}

/** The file's own step: that of its first indented line. */
function indentationUnit(text: string): string {
  return /[\r\n]([ \t]+)\S/.exec(text)?.[1] ?? '  ';
}
