import { END_GROUP, FIXED32, FIXED64, LENGTH_DELIMITED, START_GROUP, VARINT } from './wire';
import type { WireReader } from './wire';

const LARGEST_TAG = 0xffffffff;

export interface Tag {
  readonly field: number;
  readonly wire: number;
}

/** The number and wire type in front of a field. Throws `malformed` for what no field can have. */
export function readTag(reader: WireReader): Tag {
  const tag = reader.varint();
  if (tag < 8 || tag > LARGEST_TAG) throw reader.malformed('there is no valid field');
  return { field: tag >>> 3, wire: tag & 7 };
}

/**
 * Jumps over a field's value, groups included, which may nest `depth` levels deep. `end` bounds it: the content of the
 * message around it. Returns false where the nesting is deeper.
 */
export function skipValue(reader: WireReader, { field, wire }: Tag, end: number, depth: number): boolean {
  switch (wire) {
    case VARINT:
      reader.varint();
      break;
    case FIXED64:
      reader.skip(8);
      break;
    case FIXED32:
      reader.skip(4);
      break;
    case LENGTH_DELIMITED:
      reader.skip(readLength(reader, end));
      break;
    case START_GROUP:
      if (depth <= 0) return false;
      for (;;) {
        const inner = readTag(reader);
        if (inner.wire === END_GROUP) {
          if (inner.field !== field) throw reader.malformed('a group ends that was not open');
          break;
        }
        if (!skipValue(reader, inner, end, depth - 1)) return false;
      }
      break;
    default:
      throw reader.malformed('there is no valid field');
  }
  if (reader.position > end) throw reader.malformed('a value runs over the end of what holds it');
  return true;
}

/** A length prefix, checked against where the message around it ends. Too long a one was cut off, or was never true. */
export function readLength(reader: WireReader, end: number): number {
  const length = reader.varint();
  const needed = reader.position + length;
  if (needed <= end) return length;
  throw end === reader.end ? reader.truncated(needed) : reader.malformed(`a length of ${length} runs over the end of what holds it`);
}
