import { NibbleError } from '../errors';
import { GrowingBytes, Slabs, varintBytes, writeVarint } from './bytes';
import type { ReadContext } from './context';
import { INLINE_PAYLOAD_BYTES } from './limits';
import type { Model } from './model';
import { MODEL_RULE } from './schema';
import type { Builder, FieldRule, MessageRule } from './schema';
import { readLength, readTag, skipValue } from './skipField';
import { FIXED32, LENGTH_DELIMITED, VARINT, WireReader } from './wire';

/** An element of a list takes less memory than a message does, but not nothing; see `Limits.parts`. */
const ELEMENTS_OF_A_PART = 8;

/** Bytes of a varint that hold 32 bits. */
const NARROW_VARINT_BYTES = 5;

/** What a text takes beside its characters, however short it is: its place in a list. */
const TEXT_OVERHEAD_BYTES = 8;

/** A message that the walk is inside of. */
interface Frame {
  readonly message: MessageRule;
  /** Null for the model itself. */
  readonly rule: FieldRule | null;
  /** Null inside a message that is copied. */
  readonly builder: Builder | null;
  /** Where its content lies in the file. */
  readonly start: number;
  readonly end: number;
  /** Where its length prefix and its content start in the copy. */
  readonly prefixAt: number;
  readonly contentAt: number;
  /** Single fields met so far, one bit for each number. */
  seen: number;
}

/**
 * Walks a model file once on the protobuf wire level and makes its records on the way. Payloads are jumped over, so the
 * cost follows the structure, not the size: a file of gigabytes takes some hundred kilobytes of reads. The walk keeps its
 * own stack, hence hostile nesting ends in a `limit` error and not in a stack overflow.
 */
export function skim(context: ReadContext): Model {
  return new Skimmer(context).run();
}

class Skimmer {
  readonly #reader: WireReader;
  /** The message for the decoder that the walk is in, if any. */
  readonly #copy = new GrowingBytes();
  readonly #payloads = new Slabs();
  readonly #stack: Frame[] = [];
  #parts = 0;
  #keptBytes = 0;
  #capturedBytes = 0;
  /** Whether any field at the top looked like a model's. */
  #recognised = false;

  constructor(private readonly context: ReadContext) {
    this.#reader = new WireReader(context.source);
  }

  run(): Model {
    const { source } = this.context;
    const builder = MODEL_RULE.build!();
    const root: Frame = { message: MODEL_RULE, rule: null, builder, start: 0, end: source.size, prefixAt: 0, contentAt: 0, seen: 0 };
    let frame = root;
    try {
      for (;;) {
        while (this.#reader.position >= frame.end) {
          if (this.#reader.position > frame.end) throw this.#overrun(frame);
          if (frame === root) return builder.finish(this.context, root) as Model;
          frame = this.#close(frame);
        }
        frame = this.#field(frame);
      }
    } catch (error) {
      if (!this.#recognised && NibbleError.is(error) && (error.reason === 'malformed' || error.reason === 'truncated')) {
        throw new NibbleError('not-onnx', `${source.name} is not an ONNX model: its content is of another kind.`, { file: source.name }, { cause: error });
      }
      throw error;
    }
  }

  /** Handles one field and returns the frame to go on in: the same, or the one of a message just entered. */
  #field(frame: Frame): Frame {
    const reader = this.#reader;
    const tag = readTag(reader);
    const field = tag >>> 3;
    const wire = tag & 7;
    const rule = frame.message.fields[field];
    if (rule === undefined || (wire !== rule.wire && !(rule.packable && wire === LENGTH_DELIMITED))) {
      if (!skipValue(reader, tag, frame.end, this.context.limits.nesting - this.#stack.length)) throw this.#tooDeep();
      return frame;
    }
    if (this.#stack.length === 0) this.#recognised = true;
    switch (rule.action) {
      case 'message':
        return this.#enter(frame, field, rule, rule.message!);
      case 'payload':
        this.#payload(frame, field, wire, rule);
        break;
      case 'name':
      case 'text':
        this.#text(frame, tag, rule);
        break;
      default:
        if (wire === LENGTH_DELIMITED) this.#list(frame, rule);
        else this.#number(frame, tag, rule);
    }
    return frame;
  }

  #enter(frame: Frame, field: number, rule: FieldRule, message: MessageRule): Frame {
    const length = readLength(this.#reader, frame.end);
    if (this.#stack.length >= this.context.limits.nesting) throw this.#tooDeep();
    if (rule.single) {
      if (frame.seen & (1 << field)) throw this.#reader.malformed(`a ${frame.message.name} has a second ${message.name} where only one may stand`);
      frame.seen |= 1 << field;
    }
    this.#count(1);
    const builder = message.build === null ? null : message.build();
    let prefixAt = 0;
    if (frame.builder === null) {
      this.#copyVarint(field * 8 + LENGTH_DELIMITED);
      prefixAt = this.#copy.length;
      this.#copyVarint(length);
    }
    this.#stack.push(frame);
    const start = this.#reader.position;
    return { message, rule, builder, start, end: start + length, prefixAt, contentAt: this.#copy.length, seen: 0 };
  }

  /** Finishes a message and returns the frame around it. */
  #close(frame: Frame): Frame {
    const parent = this.#stack.pop()!;
    const { rule, builder, contentAt, prefixAt } = frame;
    if (builder !== null) {
      rule!.store(parent.builder, builder.finish(this.context, { start: frame.start, end: frame.end }));
    } else if (parent.builder !== null) {
      rule!.store(parent.builder, rule!.decode!(this.context, this.#copy.view(contentAt)));
      this.#copy.truncate(contentAt);
    } else {
      // What is left of the message, over the prefix that the file had.
      writeVarint(this.#copy.bytes, prefixAt, this.#copy.length - contentAt, contentAt - prefixAt);
    }
    return parent;
  }

  #text(frame: Frame, tag: number, rule: FieldRule): void {
    const reader = this.#reader;
    const length = readLength(reader, frame.end);
    const { nameBytes } = this.context.limits;
    if (rule.action === 'name' && length > nameBytes) throw this.#limit(`has a name of ${length} bytes; at most ${nameBytes} are accepted`);
    if (length > rule.maxBytes) {
      rule.omit(frame.builder);
      reader.skip(length);
      return;
    }
    this.#keep(length + TEXT_OVERHEAD_BYTES);
    if (frame.builder !== null) {
      rule.store(frame.builder, reader.text(length));
      return;
    }
    this.#copyVarint(tag);
    this.#copyVarint(length);
    this.#copyNext(length);
  }

  #number(frame: Frame, tag: number, rule: FieldRule): void {
    const reader = this.#reader;
    if (rule.packable) this.#count(1);
    const { position } = reader;
    const value = this.#value(rule);
    if (reader.position > frame.end) throw this.#overrun(frame);
    if (frame.builder !== null) {
      rule.store(frame.builder, value);
      return;
    }
    const length = reader.position - position;
    reader.position = position;
    this.#keep(length);
    this.#copyVarint(tag);
    const at = this.#copyNext(length);
    // The decoder reads 32-bit fields only from one to five bytes or from ten; with any other length it would lose its place.
    if (rule.action === 'code' && length > NARROW_VARINT_BYTES) {
      writeVarint(this.#copy.bytes, at, value >>> 0, NARROW_VARINT_BYTES);
      this.#copy.truncate(at + NARROW_VARINT_BYTES);
    }
  }

  /** A packed run of numbers. */
  #list(frame: Frame, rule: FieldRule): void {
    const reader = this.#reader;
    const length = readLength(reader, frame.end);
    if (length > rule.maxBytes) {
      rule.omit(frame.builder);
      reader.skip(length);
      return;
    }
    this.#count(length / ELEMENTS_OF_A_PART);
    this.#keep(length);
    const start = reader.position;
    this.#checkPacked(reader.read(length), rule.wire);
    reader.position = start;
    while (reader.position < start + length) rule.store(frame.builder, this.#value(rule));
  }

  #value({ action }: FieldRule): number {
    return action === 'float' ? this.#reader.float32() : action === 'integer' ? this.#reader.int64() : this.#reader.int32();
  }

  #payload(frame: Frame, field: number, wire: number, rule: FieldRule): void {
    const reader = this.#reader;
    let length: number;
    let start = reader.position;
    if (wire === LENGTH_DELIMITED) {
      length = readLength(reader, frame.end);
      start = reader.position;
    } else if (wire === VARINT) {
      reader.varint();
      length = reader.position - start;
      reader.position = start;
    } else {
      length = wire === FIXED32 ? 4 : 8;
    }
    if (length > frame.end - start) throw this.#overrun(frame);
    this.#count(1);
    let bytes: Uint8Array | null = null;
    if (length <= INLINE_PAYLOAD_BYTES && this.#capturedBytes + length <= this.context.limits.structureBytes) {
      this.#capturedBytes += length;
      bytes = this.#payloads.take(length);
      reader.copyTo(bytes, 0, length);
      if (rule.packable) this.#checkPacked(bytes, rule.wire);
    } else {
      reader.skip(length);
    }
    rule.store(frame.builder, { field, start, end: start + length, bytes });
  }

  /** The elements of a packed run must end where the run does. */
  #checkPacked(run: Uint8Array, wire: number): void {
    const whole = wire === VARINT ? run.length === 0 || run[run.length - 1]! < 0x80 : run.length % (wire === FIXED32 ? 4 : 8) === 0;
    if (!whole) throw this.#reader.malformed('a packed list ends inside an element');
  }

  /** Appends the next bytes of the file to the copy and returns where. */
  #copyNext(length: number): number {
    const at = this.#copy.extend(length);
    this.#reader.copyTo(this.#copy.bytes, at, length);
    return at;
  }

  #copyVarint(value: number): void {
    const width = varintBytes(value);
    const at = this.#copy.extend(width);
    writeVarint(this.#copy.bytes, at, value, width);
  }

  #keep(bytes: number): void {
    this.#keptBytes += bytes;
    const { structureBytes } = this.context.limits;
    if (this.#keptBytes > structureBytes) throw this.#limit(`has a structure (without weights) of more than ${structureBytes} bytes`);
  }

  #count(parts: number): void {
    this.#parts += parts;
    if (this.#parts > this.context.limits.parts) throw this.#limit(`has more than ${this.context.limits.parts} parts, as nodes and attributes are`);
  }

  #overrun(frame: Frame): NibbleError {
    return this.#reader.malformed(`a value runs over the end of its ${frame.message.name}`);
  }

  #tooDeep(): NibbleError {
    return this.#limit(`is nested more than ${this.context.limits.nesting} levels deep`);
  }

  #limit(what: string): NibbleError {
    const { name } = this.context.source;
    return new NibbleError('limit', `${name} ${what}. Such a file cannot be opened; check where it comes from.`, { file: name });
  }
}
