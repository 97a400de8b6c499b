import { NibbleError } from '../errors';
import { GrowingBytes, Slabs, varintBytes, writeVarint } from './bytes';
import { INLINE_PAYLOAD_BYTES, LIMITS } from './limits';
import type { Limits } from './limits';
import { MODEL_RULE } from './schema';
import type { FieldRule, MessageRule } from './schema';
import { readLength, readTag, skipValue } from './skipField';
import type { ByteSource } from './source';
import type { PayloadRun, Trace } from './trace';
import { FIXED32, LENGTH_DELIMITED, VARINT, WireReader } from './wire';

/** A model file without its payloads. */
export interface Skimmed {
  /** A ModelProto with everything that the schema keeps, for decoding. */
  readonly structure: Uint8Array;
  /** Where the traced messages lie in the file. */
  readonly trace: Trace;
}

/** An element of a list takes less memory than a message does, but not nothing; see `Limits.parts`. */
const ELEMENTS_OF_A_PART = 8;

/** Bytes of a varint that hold 32 bits. */
const NARROW_VARINT_BYTES = 5;

/** A message that the walk is inside of. */
interface Frame {
  readonly message: MessageRule;
  readonly rule: FieldRule | null;
  readonly field: number;
  /** Where its content ends in the file. */
  readonly end: number;
  /** Its own trace, or that of the nearest message around it that has one. */
  readonly trace: Trace;
  /** Where its tag, its length prefix and its content start in the structure. */
  readonly tagAt: number;
  readonly prefixAt: number;
  readonly contentAt: number;
  /** Single fields met so far, one bit for each number. */
  seen: number;
}

/**
 * Walks a model file once on the protobuf wire level. Payloads are jumped over, so the cost follows the structure, not
 * the size: a file of gigabytes takes some hundred kilobytes of reads. The walk keeps its own stack, hence hostile
 * nesting ends in a `limit` error and not in a stack overflow.
 */
export function skim(source: ByteSource, limits: Limits = LIMITS): Skimmed {
  return new Skimmer(source, limits).run();
}

function newTrace(field: number, start: number, end: number): Trace {
  return { field, start, end, children: null, payloads: null, asides: null, incomplete: false };
}

class Skimmer {
  readonly #reader: WireReader;
  readonly #structure = new GrowingBytes();
  readonly #payloads = new Slabs();
  readonly #stack: Frame[] = [];
  #parts = 0;
  #capturedBytes = 0;
  /** Whether any field at the top looked like a model's. */
  #recognised = false;

  constructor(
    private readonly source: ByteSource,
    private readonly limits: Limits,
  ) {
    this.#reader = new WireReader(source);
  }

  run(): Skimmed {
    const root = newTrace(0, 0, this.source.size);
    let frame: Frame = { message: MODEL_RULE, rule: null, field: 0, end: root.end, trace: root, tagAt: 0, prefixAt: 0, contentAt: 0, seen: 0 };
    try {
      for (;;) {
        while (this.#reader.position >= frame.end) {
          if (this.#reader.position > frame.end) throw this.#reader.malformed(`a value runs over the end of its ${frame.message.name}`);
          if (this.#stack.length === 0) return { structure: this.#structure.view(), trace: root };
          this.#close(frame);
          frame = this.#stack.pop()!;
        }
        frame = this.#field(frame);
      }
    } catch (error) {
      if (!this.#recognised && NibbleError.is(error) && (error.reason === 'malformed' || error.reason === 'truncated')) {
        throw new NibbleError('not-onnx', `${this.source.name} is not an ONNX model: its content is of another kind.`, { file: this.source.name }, { cause: error });
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
      if (!skipValue(reader, tag, frame.end, this.limits.nesting - this.#stack.length)) throw this.#tooDeep();
      return frame;
    }
    if (this.#stack.length === 0) this.#recognised = true;
    if (rule.action === 'payload') {
      this.#payload(frame, field, wire, rule);
    } else if (wire === LENGTH_DELIMITED) {
      const length = readLength(reader, frame.end);
      if (rule.message) return this.#enter(frame, field, rule, rule.message, length);
      this.#keepBytes(frame, field, rule, length);
    } else {
      this.#keepNumber(frame, tag, rule);
    }
    return frame;
  }

  #enter(frame: Frame, field: number, rule: FieldRule, message: MessageRule, length: number): Frame {
    if (this.#stack.length >= this.limits.nesting) throw this.#tooDeep();
    if (rule.single) {
      if (frame.seen & (1 << field)) throw this.#reader.malformed(`a ${frame.message.name} has a second ${message.name} where only one may stand`);
      frame.seen |= 1 << field;
    }
    this.#count(1);
    const start = this.#reader.position;
    let { trace } = frame;
    if (rule.traced || rule.action === 'aside') {
      trace = newTrace(field, start, start + length);
      if (rule.traced) (frame.trace.children ??= []).push(trace);
    }
    const tagAt = this.#structure.length;
    this.#appendVarint(field * 8 + LENGTH_DELIMITED);
    const prefixAt = this.#structure.length;
    this.#appendVarint(length);
    this.#stack.push(frame);
    return { message, rule, field, end: start + length, trace, tagAt, prefixAt, contentAt: this.#structure.length, seen: 0 };
  }

  /** Writes the length that is left of a message over the prefix that the file had. */
  #close(frame: Frame): void {
    if (frame.rule?.action === 'aside') {
      const parent = this.#stack[this.#stack.length - 1]!;
      (parent.trace.asides ??= []).push({ field: frame.field, bytes: this.#structure.view(frame.contentAt).slice() });
      this.#structure.truncate(frame.tagAt);
      return;
    }
    writeVarint(this.#structure.bytes, frame.prefixAt, this.#structure.length - frame.contentAt, frame.contentAt - frame.prefixAt);
  }

  #keepBytes(frame: Frame, field: number, rule: FieldRule, length: number): void {
    if (rule.action === 'name' && length > this.limits.nameBytes) throw this.#limit(`has a name of ${length} bytes; at most ${this.limits.nameBytes} are accepted`);
    if (length > rule.maxBytes) {
      frame.trace.incomplete = true;
      this.#reader.skip(length);
      return;
    }
    if (rule.action === 'aside') {
      (frame.trace.asides ??= []).push({ field, bytes: this.#reader.read(length) });
      return;
    }
    this.#appendVarint(field * 8 + LENGTH_DELIMITED);
    this.#appendVarint(length);
    if (rule.packable) this.#count(length / ELEMENTS_OF_A_PART);
    const at = this.#copy(length);
    if (rule.packable) this.#checkPacked(this.#structure.view(at), rule.wire);
  }

  /** The decoder trusts that the elements of a packed run end where the run does. */
  #checkPacked(run: Uint8Array, wire: number): void {
    const whole = wire === VARINT ? run.length === 0 || run[run.length - 1]! < 0x80 : run.length % (wire === FIXED32 ? 4 : 8) === 0;
    if (!whole) throw this.#reader.malformed('a packed list ends inside an element');
  }

  #keepNumber(frame: Frame, tag: number, rule: FieldRule): void {
    const reader = this.#reader;
    const start = reader.position;
    const wire = tag & 7;
    if (wire === VARINT) reader.varint();
    else reader.skip(wire === FIXED32 ? 4 : 8);
    const length = reader.position - start;
    if (reader.position > frame.end) throw reader.malformed(`a value runs over the end of its ${frame.message.name}`);
    reader.position = start;
    if (rule.packable) this.#count(1);
    this.#appendVarint(tag);
    const at = this.#copy(length);
    if (rule.narrow && length > NARROW_VARINT_BYTES) this.#narrow(at);
  }

  /**
   * Cuts a long varint to its low 32 bits. The decoder reads 32-bit fields only from one to five bytes or from ten; with any
   * other length it would lose its place.
   */
  #narrow(at: number): void {
    const { bytes } = this.#structure;
    let low = 0;
    for (let index = 0; index < NARROW_VARINT_BYTES; index++) low |= (bytes[at + index]! & 0x7f) << (7 * index);
    writeVarint(bytes, at, low >>> 0, NARROW_VARINT_BYTES);
    this.#structure.truncate(at + NARROW_VARINT_BYTES);
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
    if (length > frame.end - start) throw reader.malformed(`a value runs over the end of its ${frame.message.name}`);
    this.#count(1);
    let bytes: Uint8Array | null = null;
    if (length <= INLINE_PAYLOAD_BYTES && this.#capturedBytes + length <= this.limits.structureBytes) {
      this.#capturedBytes += length;
      bytes = this.#payloads.take(length);
      reader.copyTo(bytes, 0, length);
      if (rule.packable) this.#checkPacked(bytes, rule.wire);
    } else {
      reader.skip(length);
    }
    this.#addRun(frame.trace, field, { start, end: start + length, bytes });
  }

  #addRun(trace: Trace, field: number, run: PayloadRun): void {
    const payloads = (trace.payloads ??= []);
    const payload = payloads.find((other) => other.field === field);
    if (payload) payload.runs.push(run);
    else payloads.push({ field, runs: [run] });
  }

  /** Appends the next bytes of the file to the structure and returns where. */
  #copy(length: number): number {
    const at = this.#extend(length);
    this.#reader.copyTo(this.#structure.bytes, at, length);
    return at;
  }

  #appendVarint(value: number): void {
    const width = varintBytes(value);
    const at = this.#extend(width);
    writeVarint(this.#structure.bytes, at, value, width);
  }

  #extend(count: number): number {
    if (this.#structure.length + count > this.limits.structureBytes) {
      throw this.#limit(`has a structure (without weights) of more than ${this.limits.structureBytes} bytes`);
    }
    return this.#structure.extend(count);
  }

  #count(parts: number): void {
    this.#parts += parts;
    if (this.#parts > this.limits.parts) throw this.#limit(`has more than ${this.limits.parts} parts, as nodes and attributes are`);
  }

  #tooDeep(): NibbleError {
    return this.#limit(`is nested more than ${this.limits.nesting} levels deep`);
  }

  #limit(what: string): NibbleError {
    return new NibbleError('limit', `${this.source.name} ${what}. Such a file cannot be opened; check where it comes from.`, { file: this.source.name });
  }
}
