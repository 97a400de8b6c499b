import { MODEL_RULE } from '../../src/onnx/schema';
import type { MessageRule } from '../../src/onnx/schema';
import { concatBytes, rawField, varint } from './onnxBuilder';
import type { Draw } from './random';




/**
 * Encodes a file differently without changing what it says: numbers longer than they need be, unknown fields of all
 * wire types between the known ones, packed lists written element by element. Any conforming writer may do these.
 */
export function disguise(bytes: Uint8Array, draw: Draw, rule: MessageRule | null = MODEL_RULE): Uint8Array {
  const parts: Uint8Array[] = [];
  let position = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = bytes[position++]!;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  };
  while (position < bytes.length) {
    if (draw(4) === 0) parts.push(unknownField(draw));
    const start = position;
    const tag = readVarint();
    const field = tag >>> 3;
    const fieldRule = rule?.fields[field];
    switch (tag & 7) {
      case 0: {
        const value = position;
        readVarint();
        parts.push(padded(tag, 0), lengthen(bytes.subarray(value, position), draw(6)));
        continue;
      }
      case 1:
        position += 8;
        break;
      case 5:
        position += 4;
        break;
      default: {
        const length = readVarint();
        const content = bytes.subarray(position, (position += length));
        if (fieldRule?.packable && draw(2) === 0) parts.push(...unpack(content, field, fieldRule.wire));
        else if (fieldRule?.message) parts.push(longField(field, disguise(content, draw, fieldRule.message), draw(3)));
        else parts.push(longField(field, content, draw(3)));
        continue;
      }
    }
    parts.push(bytes.subarray(start, position));
  }
  if (draw(4) === 0) parts.push(unknownField(draw));
  return concatBytes(parts);
}

function unpack(content: Uint8Array, field: number, wire: number): Uint8Array[] {
  const tag = field * 8 + wire;
  const parts: Uint8Array[] = [];
  for (let position = 0; position < content.length; ) {
    let end = position + (wire === 5 ? 4 : 8);
    if (wire === 0) for (end = position + 1; content[end - 1]! >= 128; ) end++;
    parts.push(concatBytes([Uint8Array.of(tag), content.subarray(position, end)]));
    position = end;
  }
  return parts;
}

function longField(field: number, content: Uint8Array, extra: number): Uint8Array {
  return concatBytes([padded(field * 8 + 2, 0), padded(content.length, extra), content]);
}

/** A varint with `extra` groups more than it needs. */
function padded(value: number, extra: number): Uint8Array {
  return lengthen(varint(value), extra);
}

/** The same number with up to `extra` groups more, at most the ten that are legal. */
function lengthen(number: Uint8Array, extra: number): Uint8Array {
  const bytes = [...number];
  while (bytes.length < Math.min(number.length + extra, 10)) {
    bytes[bytes.length - 1]! |= 128;
    bytes.push(0);
  }
  return Uint8Array.from(bytes);
}

/** Numbers above 2000 are in no version of ONNX. */
function unknownField(draw: Draw): Uint8Array {
  const field = 2000 + draw(100);
  const tag = (wire: number): Uint8Array => padded(field * 8 + wire, 0);
  switch (draw(5)) {
    case 0:
      return concatBytes([tag(0), padded(draw(1000), 0)]);
    case 1:
      return concatBytes([tag(1), new Uint8Array(8).fill(7)]);
    case 2:
      return concatBytes([tag(5), new Uint8Array(4).fill(7)]);
    case 3:
      return concatBytes([tag(3), rawField(5, Uint8Array.of(1, 2)), tag(4)]);
    default:
      return rawField(field, new Uint8Array(draw(20)).fill(255));
  }
}
