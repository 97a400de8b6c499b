import { MODEL_RULE } from '../../src/onnx/schema';
import type { MessageRule } from '../../src/onnx/schema';
import { concatBytes, rawField, varint } from './onnxBuilder';
import type { Draw } from './random';

type Mutation = (bytes: Uint8Array, draw: Draw, others: readonly Uint8Array[]) => Uint8Array;

const HOSTILE_LENGTHS = [0, 1, 127, 128, 0xffff, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63];

/** What can happen to a file on its way, and what somebody might do to it on purpose. */
const MUTATIONS: readonly Mutation[] = [
  flipBits,
  (bytes, draw) => bytes.slice(0, draw(bytes.length)),
  // A byte becomes the length, tag or value of something else.
  (bytes, draw) => replaceAt(bytes, draw(bytes.length), 1, Uint8Array.of(draw(256))),
  (bytes, draw) => replaceAt(bytes, draw(bytes.length), 1, varint(HOSTILE_LENGTHS[draw(HOSTILE_LENGTHS.length)]!)),
  (bytes, draw) => replaceAt(bytes, draw(bytes.length), 0, randomBytes(draw)),
  (bytes, draw) => replaceAt(bytes, draw(bytes.length), 1 + draw(40), new Uint8Array()),
  // A part of another file, or of this one again.
  (bytes, draw, others) => {
    const other = others[draw(others.length)]!;
    const start = draw(other.length);
    return replaceAt(bytes, draw(bytes.length), draw(60), other.slice(start, start + draw(300)));
  },
  (bytes, draw) => replaceAt(bytes, draw(bytes.length), 0, rawField(1 + draw(40), randomBytes(draw))),
  (bytes, draw) => replaceAt(bytes, draw(bytes.length), 8, new Uint8Array(8).fill(draw(2) === 0 ? 0xff : 0)),
  openGroups,
];

/** One of the files with one to four mutations. Most blind ones break a length near the top, so half of the mutants get those that reach what lies deep inside. */
export function mutate(originals: readonly Uint8Array[], draw: Draw): Uint8Array {
  let bytes: Uint8Array = originals[draw(originals.length)]!;
  const blind = draw(2) === 0;
  for (let count = 1 + draw(4); count > 0 && bytes.length > 0; count--) {
    bytes = blind ? MUTATIONS[draw(MUTATIONS.length)]!(bytes, draw, originals) : changeField(bytes, draw, MODEL_RULE);
  }
  return bytes;
}

/** Changes, doubles, moves or drops one field at a random depth, and keeps the lengths around it true. */
function changeField(bytes: Uint8Array, draw: Draw, rule: MessageRule | null): Uint8Array {
  const fields = splitFields(bytes);
  if (fields === null || fields.length === 0) return flipBits(bytes, draw);
  const index = draw(fields.length);
  const chosen = fields[index]!;
  const inner = rule?.fields[chosen.tag >>> 3]?.message ?? null;
  if (inner && chosen.content.length > 0 && draw(8) > 0) {
    fields[index] = encodeField(chosen.tag, changeField(chosen.content, draw, inner));
  } else {
    switch (draw(6)) {
      case 0:
        fields.splice(index, 1);
        break;
      case 1:
        fields.splice(draw(fields.length), 0, chosen);
        break;
      case 2:
        fields.push(...fields.splice(index, 1));
        break;
      case 3:
        fields[index] = encodeField(((1 + draw(30)) << 3) | 2, chosen.content);
        break;
      default:
        if (chosen.content.length > 0) fields[index] = encodeField(chosen.tag, draw(3) === 0 ? randomBytes(draw) : flipBits(chosen.content, draw));
        else fields[index] = { ...chosen, bytes: concatBytes([varint(chosen.tag & ~7), varint(HOSTILE_LENGTHS[draw(HOSTILE_LENGTHS.length)]!)]) };
    }
  }
  return concatBytes(fields.map((field) => field.bytes));
}

interface Field {
  readonly tag: number;
  /** The whole field. */
  readonly bytes: Uint8Array;
  /** What a length-delimited field holds; empty for others. */
  readonly content: Uint8Array;
}

function encodeField(tag: number, content: Uint8Array): Field {
  return { tag, content, bytes: rawField(tag >>> 3, content) };
}

/** The fields of a message; null where an earlier mutation has left none. */
function splitFields(bytes: Uint8Array): Field[] | null {
  const fields: Field[] = [];
  let position = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let unit = 1; position < bytes.length; unit *= 128) {
      const byte = bytes[position++]!;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
    return NaN;
  };
  while (position < bytes.length) {
    const start = position;
    const tag = readVarint();
    let content = new Uint8Array();
    if ((tag & 7) === 0) readVarint();
    else if ((tag & 7) === 1) position += 8;
    else if ((tag & 7) === 5) position += 4;
    else if ((tag & 7) === 2) {
      const length = readVarint();
      content = bytes.slice(position, position + length);
      position += length;
    } else return null;
    if (!(position <= bytes.length)) return null;
    fields.push({ tag, content, bytes: bytes.slice(start, position) });
  }
  return fields;
}

function flipBits(bytes: Uint8Array, draw: Draw): Uint8Array {
  const result = bytes.slice();
  for (let count = 1 + draw(8); count > 0; count--) result[draw(result.length)]! ^= 1 << draw(8);
  return result;
}

function openGroups(bytes: Uint8Array, draw: Draw): Uint8Array {
  return replaceAt(bytes, draw(bytes.length), 0, new Uint8Array(1 + draw(300)).fill(0x7b));
}

function randomBytes(draw: Draw): Uint8Array {
  return Uint8Array.from({ length: draw(30) }, () => draw(256));
}

function replaceAt(bytes: Uint8Array, at: number, length: number, by: Uint8Array): Uint8Array {
  return concatBytes([bytes.subarray(0, at), by, bytes.subarray(at + length)]);
}
