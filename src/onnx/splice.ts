import { NibbleError } from '../errors';
import { LIMITS } from './limits';
import type { ByteSpan, Model } from './model';
import { addPieces, copyOf, lengthField, planFile } from './pieces';
import type { FilePlan, Piece } from './pieces';
import { readLength, readTag, skipValue } from './skipField';
import type { ByteSource } from './source';
import { LENGTH_DELIMITED, WireReader } from './wire';

/**
 * A change to one message of a model file. Messages are found by their `span`, as the records of `Model` give it; the
 * model itself is the span of the whole file. What an edit does not name stays as it is, byte by byte.
 */
export interface MessageEdit {
  readonly span: ByteSpan;
  /** Leave the message out. Only `before` and `after` count then. */
  readonly remove?: boolean;
  /** Whole fields put into the parent in front of the message, or behind it. */
  readonly before?: readonly Piece[];
  readonly after?: readonly Piece[];
  /** Field number to whole fields that take the place of all its occurrences; an empty list drops it. Appended where there is none. */
  readonly replace?: ReadonlyMap<number, readonly Piece[]>;
  /** Whole fields at the end of the message. */
  readonly append?: readonly Piece[];
  /**
   * Chosen occurrences of a repeated message field: gets the content of each and returns whole fields in its place, or
   * null to leave it. For small messages, which are read to decide.
   */
  readonly choose?: ReadonlyMap<number, Choose>;
}

export type Choose = (content: Uint8Array) => readonly Piece[] | null;

/**
 * Lays out a changed model file as byte ranges of the old one with replacements. The lengths of all messages around an
 * edit are corrected; everything else, fields of newer standards included, is copied. Without edits the result is one
 * copy of the whole file. Reads only field headers, so it costs little even for large files.
 *
 * Several edits of one span are applied together; where two replace the same field, the later one counts. Throws `internal` when a span is no message of the file.
 */
export function planSplice(source: ByteSource, edits: readonly MessageEdit[]): FilePlan {
  const bySpan = mergeEdits(edits);
  const whole: ByteSpan = { start: 0, end: source.size };
  const root = bySpan[0] && isSame(bySpan[0].span, whole) ? bySpan[0] : undefined;
  const splicer = new Splicer(source, root ? bySpan.slice(1) : bySpan);
  const pieces = splicer.content(whole, root, LIMITS.nesting);
  splicer.finish();
  return planFile(pieces);
}

/** The span that stands for the model itself in edits. */
export function modelSpan(model: Pick<Model, 'fileBytes'>): ByteSpan {
  return { start: 0, end: model.fileBytes };
}

const isSame = (a: ByteSpan, b: ByteSpan): boolean => a.start === b.start && a.end === b.end;

/** Outer messages first, then in file order. */
function mergeEdits(edits: readonly MessageEdit[]): readonly MessageEdit[] {
  const sorted = [...edits].sort((a, b) => a.span.start - b.span.start || b.span.end - a.span.end);
  const merged: MessageEdit[] = [];
  for (const edit of sorted) {
    const last = merged.at(-1);
    if (last && isSame(last.span, edit.span)) merged[merged.length - 1] = combine(last, edit);
    else merged.push(edit);
  }
  return merged;
}

function combine(first: MessageEdit, second: MessageEdit): MessageEdit {
  return {
    span: first.span,
    remove: (first.remove ?? false) || (second.remove ?? false),
    before: [...(first.before ?? []), ...(second.before ?? [])],
    after: [...(first.after ?? []), ...(second.after ?? [])],
    replace: new Map([...(first.replace ?? []), ...(second.replace ?? [])]),
    append: [...(first.append ?? []), ...(second.append ?? [])],
    choose: combineChoices(first.choose, second.choose),
  };
}

/** The first that has something to say about an occurrence decides it. */
function combineChoices(first: MessageEdit['choose'], second: MessageEdit['choose']): ReadonlyMap<number, Choose> {
  const fields = [...(first?.keys() ?? []), ...(second?.keys() ?? [])];
  return new Map(fields.map((field) => [field, (content) => first?.get(field)?.(content) ?? second?.get(field)?.(content) ?? null]));
}

class Splicer {
  readonly #reader: WireReader;
  /** The next edit that has not been applied. */
  #next = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly edits: readonly MessageEdit[],
  ) {
    this.#reader = new WireReader(source);
  }

  /** The new content of a message. `edit` is its own; those of messages inside are taken from the list as they come. */
  content(span: ByteSpan, edit: MessageEdit | undefined, depth: number): readonly Piece[] {
    const changesFields = edit !== undefined && (edit.replace !== undefined || edit.choose !== undefined);
    if (!changesFields && !this.#hasEditIn(span)) return [copyOf(span), ...(edit?.append ?? [])];
    if (depth === 0) throw this.#notFound();
    const pieces: Piece[] = [];
    const replaced = new Set<number>();
    this.#reader.position = span.start;
    while (this.#reader.position < span.end) {
      const start = this.#reader.position;
      const tag = readTag(this.#reader);
      const field = tag >>> 3;
      const replacement = edit?.replace?.get(field);
      if (replacement && !replaced.has(field)) addPieces(pieces, replacement);
      if (replacement) replaced.add(field);
      if ((tag & 7) === LENGTH_DELIMITED) this.#message(start, field, span, edit, replacement !== undefined, pieces, depth);
      else {
        if (!skipValue(this.#reader, tag, span.end, depth)) throw this.#notFound();
        if (!replacement) addPieces(pieces, [copyOf({ start, end: this.#reader.position })]);
      }
    }
    for (const [field, replacement] of edit?.replace ?? []) if (!replaced.has(field)) addPieces(pieces, replacement);
    addPieces(pieces, edit?.append ?? []);
    return pieces;
  }

  finish(): void {
    if (this.#next < this.edits.length) throw this.#notFound();
  }

  /** One length-delimited field, with its own edit and those inside it. */
  #message(start: number, field: number, parent: ByteSpan, parentEdit: MessageEdit | undefined, dropped: boolean, pieces: Piece[], depth: number): void {
    const length = readLength(this.#reader, parent.end);
    const span: ByteSpan = { start: this.#reader.position, end: this.#reader.position + length };
    const next = this.edits[this.#next];
    const edit = next && isSame(next.span, span) ? next : undefined;
    if (edit) this.#next += 1;
    if (dropped || edit?.remove) {
      while (this.#hasEditIn(span)) this.#next += 1;
      if (!dropped) addPieces(pieces, [...(edit?.before ?? []), ...(edit?.after ?? [])]);
    } else if (edit || this.#hasEditIn(span)) {
      const content = this.content(span, edit, depth - 1);
      addPieces(pieces, [...(edit?.before ?? []), ...lengthField(field, content), ...(edit?.after ?? [])]);
    } else {
      const chosen = parentEdit?.choose?.get(field)?.(this.#read(span));
      addPieces(pieces, chosen ?? [copyOf({ start, end: span.end })]);
    }
    this.#reader.position = span.end;
  }

  #read(span: ByteSpan): Uint8Array {
    this.#reader.position = span.start;
    return this.#reader.read(span.end - span.start);
  }

  /** Whether the next edit lies in a message's content. Children start behind their own header, so ends cannot be mixed up. */
  #hasEditIn(span: ByteSpan): boolean {
    const next = this.edits[this.#next];
    return next !== undefined && next.span.start >= span.start && next.span.end <= span.end;
  }

  #notFound(): NibbleError {
    const span = this.edits[this.#next]?.span;
    return new NibbleError('internal', `${this.source.name} has no message at the bytes ${span?.start ?? 0} to ${span?.end ?? 0} that were to be changed.`, { file: this.source.name });
  }
}
