import { END_GROUP, FIXED32, FIXED64, LENGTH_DELIMITED, START_GROUP, VARINT } from './wire';
import type { WireReader } from './wire';

const LARGEST_TAG = 0xffffffff;

/** The tag in front of a field: `tag >>> 3` is its number, `tag & 7` its wire type. Throws `malformed` for what no field can have. */
export function readTag(reader: WireReader): number {
  const tag = reader.varint();
  if (tag < 8 || tag > LARGEST_TAG) throw reader.malformed('there is no valid field');
  return tag;
}

/**
 * Jumps over a field's value, groups included, which may nest `depth` levels deep. `end` bounds it: the content of the
 * message around it. Returns false where the nesting is deeper.
 */
export function skipValue(reader: WireReader, tag: number, end: number, depth: number): boolean {
  switch (tag & 7) {
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
        if ((inner & 7) === END_GROUP) {
          if (inner >>> 3 !== tag >>> 3) throw reader.malformed('a group ends that was not open');
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
