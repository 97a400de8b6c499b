import { NibbleError } from '../errors';
import { varintBytes, writeVarint } from './bytes';
import type { ByteSpan } from './model';
import { LENGTH_DELIMITED, VARINT } from './wire';

/**
 * A part of a file to be written.
 * - `copy`: bytes [start, end) of the model file (`from` null) or of an external data file (`from` its location).
 * - `bytes`: new bytes.
 * - `hole`: bytes that somebody else writes at the place that the plan gives for `id`.
 */
export type Piece =
  | { readonly kind: 'copy'; readonly from: string | null; readonly start: number; readonly end: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'hole'; readonly id: string; readonly length: number };

/** A file to be written: pieces in their order, and where the holes come to lie. */
export interface FilePlan {
  readonly size: number;
  readonly pieces: readonly Piece[];
  readonly holes: ReadonlyMap<string, { readonly offset: number; readonly length: number }>;
}

const utf8 = new TextEncoder();

export function bytesPiece(bytes: Uint8Array): Piece {
  return { kind: 'bytes', bytes };
}

export function hole(id: string, length: number): Piece {
  return { kind: 'hole', id, length };
}

/** Bytes of a file as it is: of the model, or of the external data at `from`. */
export function copyOf({ start, end }: ByteSpan, from: string | null = null): Piece {
  return { kind: 'copy', from, start, end };
}

export function pieceLength(piece: Piece): number {
  switch (piece.kind) {
    case 'copy':
      return piece.end - piece.start;
    case 'bytes':
      return piece.bytes.length;
    case 'hole':
      return piece.length;
  }
}

export function totalLength(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + pieceLength(piece), 0);
}

/** A length-delimited field: tag, length and the pieces as its content. */
export function lengthField(field: number, content: readonly Piece[]): readonly Piece[] {
  return [bytesPiece(varints(field * 8 + LENGTH_DELIMITED, totalLength(content))), ...content];
}

export function textField(field: number, text: string): readonly Piece[] {
  return lengthField(field, [bytesPiece(utf8.encode(text))]);
}

/** A varint field; for non-negative integers. */
export function varintField(field: number, value: number): readonly Piece[] {
  return [bytesPiece(varints(field * 8 + VARINT, value))];
}

function varints(first: number, second: number): Uint8Array {
  const width = varintBytes(first);
  const bytes = new Uint8Array(width + varintBytes(second));
  writeVarint(bytes, 0, first);
  writeVarint(bytes, width, second);
  return bytes;
}

/** Adds pieces at the end of a list; copies that continue each other become one. */
export function addPieces(list: Piece[], pieces: readonly Piece[]): void {
  for (const piece of pieces) {
    const last = list.at(-1);
    if (piece.kind === 'copy' && last?.kind === 'copy' && last.from === piece.from && last.end === piece.start) {
      list[list.length - 1] = { ...last, end: piece.end };
    } else if (pieceLength(piece) > 0 || piece.kind === 'hole') {
      list.push(piece);
    }
  }
}

/** Gives every hole its place. Throws when an id is used twice: the two would be filled with the same bytes. */
export function planFile(pieces: readonly Piece[]): FilePlan {
  const holes = new Map<string, { offset: number; length: number }>();
  let size = 0;
  for (const piece of pieces) {
    const length = pieceLength(piece);
    if (piece.kind === 'hole') {
      if (holes.has(piece.id)) throw new NibbleError('internal', `Two parts of the file to be written are both called '${piece.id}'.`);
      holes.set(piece.id, { offset: size, length });
    }
    size += length;
  }
  return { size, pieces, holes };
}
