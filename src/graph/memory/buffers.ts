import type { DataType } from '../../onnx/dtypes';
import { bitsPerElement, isFloatingPoint } from '../../onnx/dtypes';
import { intOf } from '../attributes';
import type { StepFacts } from '../describe';
import type { StepPlace } from '../rows';
import type { Block, Step } from '../step';
import type { Value } from '../value';
import { valueBytes } from '../value';
import { isElementwise, isView } from '../views';
import { keep, use } from './buffer';
import type { Buffer, BufferTrace, InPlaceChance } from './buffer';

/** A model that has been walked. */
export interface WalkedProgram {
  readonly program: Block;
  readonly facts: readonly (StepFacts | undefined)[];
  /** By step id. */
  readonly places: readonly StepPlace[];
  /** What is fed, by name. */
  readonly inputs: ReadonlyMap<string, Value>;
}

/**
 * Follows a program operator by operator and finds which memory is needed when.
 * - A tensor lives from the operator that writes it to its last reader; model inputs live from the start, model outputs to the end.
 * - A function is as if its body stood in its place.
 * - Of an If one branch runs; what it and its branches read lives until it ends. Where the condition is constant only its branch counts.
 * - A Loop or Scan is one iteration: the state that it starts from, the state that it makes, what it reads, and its collected outputs as a whole.
 * - What an operator in another one's row makes of a constant does not count: runtimes keep or fold it.
 * - Results of a body are handed over when it ends. A loop's counter and condition do not count.
 *
 * For the peak alone, `chances` and `largestStep` stay empty.
 */
export function traceBuffers(walked: WalkedProgram, wanted: 'peak' | 'profile'): BufferTrace {
  return new Tracer(walked, wanted === 'profile').trace();
}

/** A block with the buffers that its slots stand for; constants and unknown values have none. */
interface Scope {
  readonly block: Block;
  readonly buffers: (Buffer | undefined)[];
  readonly outer: Scope | null;
  readonly region: number;
  names: readonly string[] | null;
}

class Tracer {
  private readonly all: Buffer[] = [];
  private readonly chances: InPlaceChance[] = [];
  private readonly largest = { bytes: 0, at: 0 };
  private readonly rows: number[] = [];
  private regions = 0;
  private unknown = 0;

  constructor(
    private readonly walked: WalkedProgram,
    private readonly forProfile: boolean,
  ) {}

  trace(): BufferTrace {
    const { program, inputs } = this.walked;
    const scope = this.scope(program, null, 0);
    for (const [name, value] of inputs) {
      const bytes = valueBytes(value);
      const buffer = this.allocate(name, typeof bytes === 'number' ? bytes : null, value.dataType, null, 0, 0);
      if (buffer !== undefined) keep(buffer, 0);
      scope.buffers[program.slots.get(name) ?? -1] = buffer;
    }
    this.block(scope);
    for (const name of program.outputs) keep(this.find(scope, name), this.last);
    return { buffers: this.all, chances: this.chances, rows: this.rows, largestStep: this.largest, unknown: this.unknown };
  }

  /** The operator that ran last. */
  private get last(): number {
    return this.rows.length - 1;
  }

  private enter({ id }: Step): number {
    this.rows.push(this.walked.places[id]!.layer);
    return this.last;
  }

  private block(scope: Scope): void {
    for (const step of scope.block.steps) {
      const at = this.enter(step);
      const facts = this.walked.facts[step.id];
      const read = step.reads.map((slot) => (slot < 0 ? undefined : this.read(scope, slot)));
      for (const buffer of read) use(buffer, at);
      if (facts === undefined || step.refused !== null) this.skip(step);
      if (facts === undefined) continue;
      if (step.refused === null && step.callee !== null) this.call(step, step.callee, scope, read);
      else if (step.refused === null && step.bodies.size > 0 && step.node.domain === '' && CONTROL_FLOW.has(step.node.op)) this.controlFlow(step, facts, scope, read, at);
      else this.operator(step, facts, scope, read, at);
    }
  }

  /** An operator without bodies, or with bodies that are not followed. */
  private operator(step: Step, facts: StepFacts, scope: Scope, read: readonly (Buffer | undefined)[], at: number): void {
    if (step.refused === null) this.skip(step);
    const view = isView(step);
    const isFolded = facts.carries && this.walked.places[step.id]!.isMember;
    for (let index = 0; index < step.writes.length && !isFolded; index += 1) {
      const slot = step.writes[index]!;
      if (slot >= 0) scope.buffers[slot] = view && index === 0 ? read[0] : this.output(step, facts, index, at, scope.region);
    }
    if (this.forProfile && !isFolded) this.noteChance(step, scope, read, at);
    if (this.forProfile && !view) this.noteSize(isFolded ? read : [...read, ...step.writes.map((slot) => (slot < 0 ? undefined : scope.buffers[slot]))], at);
  }

  /** An elementwise operator may write over one of its inputs. */
  private noteChance(step: Step, scope: Scope, read: readonly (Buffer | undefined)[], at: number): void {
    const slot = step.writes[0] ?? -1;
    const output = slot < 0 ? undefined : scope.buffers[slot];
    if (output === undefined || !isElementwise(step)) return;
    this.chances.push({ at, output, inputs: read.filter((input) => input !== undefined && input.region === scope.region) as readonly Buffer[] });
  }

  /** No memory is enough that does not hold what an operator reads and writes at once. */
  private noteSize(touched: readonly (Buffer | undefined)[], at: number): void {
    let bytes = 0;
    for (const buffer of new Set(touched)) bytes += buffer?.bytes ?? 0;
    if (bytes > this.largest.bytes) Object.assign(this.largest, { bytes, at });
  }

  private call(step: Step, callee: Block, scope: Scope, read: readonly (Buffer | undefined)[]): void {
    const inside = this.scope(callee, null, scope.region);
    callee.inputs.forEach((name, index) => { inside.buffers[callee.slots.get(name) ?? -1] = read[index]; });
    this.block(inside);
    step.writes.forEach((slot, index) => { if (slot >= 0) scope.buffers[slot] = this.find(inside, callee.outputs[index] ?? ''); });
  }

  private controlFlow(step: Step, facts: StepFacts, scope: Scope, read: readonly (Buffer | undefined)[], at: number): void {
    const bodies = [...step.bodies];
    const results: (readonly (Buffer | undefined)[])[] = [];
    // Collected outputs grow from the first iteration on.
    const states = step.node.op === 'If' ? 0 : statesOf(step);
    if (step.node.op !== 'If') step.writes.forEach((slot, index) => { if (slot >= 0 && index >= states) scope.buffers[slot] = this.output(step, facts, index, at, scope.region); });
    for (const [name, body] of bodies) {
      if (facts.taken !== null && facts.taken !== name) {
        this.skipBlock(body);
        continue;
      }
      this.regions += 1;
      const inside = this.scope(body, scope, this.regions);
      if (step.node.op !== 'If') this.bindState(step, facts, body, inside, read, at);
      this.block(inside);
      const made = body.outputs.map((output) => this.find(inside, output));
      for (const buffer of made) keep(buffer, this.last);
      results.push(made);
    }
    const end = this.last;
    for (const buffer of read) use(buffer, end);
    for (const slot of step.captures) use(this.read(scope, slot), end);
    const first = step.node.op === 'Loop' ? 1 : 0;
    const handedOut = step.node.op === 'If' ? step.writes.length : states;
    step.writes.slice(0, handedOut).forEach((slot, index) => { if (slot >= 0) scope.buffers[slot] = this.handOver(step, facts, index, results.map((made) => made[first + index]), at, end, scope.region); });
  }

  /** A result of bodies: it takes the place of theirs when they end, or is a copy of what they only passed on. */
  private handOver(step: Step, facts: StepFacts, index: number, made: readonly (Buffer | undefined)[], at: number, end: number, region: number): Buffer | undefined {
    const [first] = made;
    const madeOutside = made.some((buffer) => buffer === undefined || buffer.from <= at);
    if (step.node.op !== 'If' && first !== undefined && madeOutside) return first;
    const known = this.sizeOf(facts, index);
    const bytes = known ?? made.reduce<number | null>((most, buffer) => (buffer === undefined ? most : Math.max(most ?? 0, buffer.bytes)), null);
    return this.allocate(step.node.outputs[index]!, bytes, facts.outputTypes[index]!, at, madeOutside ? end : end + 1, region);
  }

  /** The state that an iteration starts from, as large as the one that the loop ends with; slices of a Scan are parts of what is scanned. */
  private bindState(step: Step, facts: StepFacts, body: Block, inside: Scope, read: readonly (Buffer | undefined)[], at: number): void {
    const [firstInput, firstRead, firstOutput] = step.node.op === 'Loop' ? [2, 2, 1] : [0, 0, 0];
    const states = statesOf(step);
    body.inputs.slice(firstInput).forEach((name, index) => {
      const initial = read[firstRead + index];
      const unchanged = index >= states || body.outputs[firstOutput + index] === name;
      const slot = body.slots.get(name) ?? -1;
      inside.buffers[slot] = unchanged ? initial : this.allocate(name, this.sizeOf(facts, index), facts.outputTypes[index] ?? 'undefined', at, at + 1, inside.region);
    });
  }

  private output(step: Step, facts: StepFacts, index: number, at: number, region: number): Buffer | undefined {
    return this.allocate(step.node.outputs[index]!, this.sizeOf(facts, index), facts.outputTypes[index]!, at, at, region);
  }

  private sizeOf(facts: StepFacts, index: number): number | null {
    return facts.outputBytes === null ? facts.layer.activationBytes : (facts.outputBytes[index] ?? null);
  }

  private allocate(name: string, bytes: number | null, dataType: DataType, madeAt: number | null, from: number, region: number): Buffer | undefined {
    if (bytes === null || !(bytes >= 0 && bytes <= Number.MAX_SAFE_INTEGER)) {
      this.unknown += 1;
      return undefined;
    }
    const eightBitBytes = isFloatingPoint(dataType) ? Math.ceil((bytes * 8) / bitsPerElement(dataType)) : bytes;
    const buffer = { name, bytes, eightBitBytes, madeAt, from, to: from, kept: false, region };
    this.all.push(buffer);
    return buffer;
  }

  private scope(block: Block, outer: Scope | null, region: number): Scope {
    return { block, buffers: new Array<Buffer | undefined>(block.slots.size), outer, region, names: null };
  }

  private read(scope: Scope, slot: number): Buffer | undefined {
    const own = scope.buffers[slot];
    if (own !== undefined || scope.outer === null) return own;
    scope.names ??= [...scope.block.slots.keys()];
    return this.find(scope.outer, scope.names[slot]!);
  }

  private find(scope: Scope, name: string): Buffer | undefined {
    for (let at: Scope | null = scope; at !== null; at = at.outer) {
      const buffer = at.buffers[at.block.slots.get(name) ?? -1];
      if (buffer !== undefined) return buffer;
    }
    return undefined;
  }

  /** Layers inside a step that do not run have their rows, too. */
  private skip(step: Step): void {
    if (step.callee !== null) this.skipBlock(step.callee);
    else for (const body of step.bodies.values()) this.skipBlock(body);
  }

  private skipBlock(block: Block): void {
    for (const step of block.steps) {
      this.enter(step);
      this.skip(step);
    }
  }
}

const CONTROL_FLOW: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan']);

/** How many of a Loop's or Scan's outputs are state; the others are collected from slices. */
function statesOf(step: Step): number {
  if (step.node.op === 'Loop') return Math.max(0, step.node.inputs.length - 2);
  return Math.max(0, step.node.inputs.length - intOf(step.node, 'num_scan_inputs', 0));
}
