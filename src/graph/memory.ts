import type { StepFacts } from './describe';
import type { Block, Step } from './step';
import type { Value } from './value';
import { valueBytes } from './value';
import { isView } from './views';

/**
 * The most bytes of activations alive at once, running one step after the other. A value lives from the step that
 * computes it to its last reader; graph inputs live from the start, graph outputs to the end; a view lives in its
 * source's memory and keeps it alive; elementwise operators do not work in place; constants do not count. While a body
 * or function runs, its own peak comes on top of what lives around it; its outputs are its caller's. Values of unknown
 * size count as nothing.
 */
export function peakBytes(block: Block, facts: readonly (StepFacts | undefined)[], inputs: ReadonlyMap<string, Value>): number {
  return new LiveSet(block, facts).peak(inputs);
}

interface Buffer {
  readonly bytes: number;
  readonly firstStep: number;
  lastStep: number;
}

class LiveSet {
  /** By slot; views share their source's buffer. */
  private readonly buffers: (Buffer | undefined)[];
  private readonly all: Buffer[] = [];

  constructor(
    private readonly block: Block,
    private readonly facts: readonly (StepFacts | undefined)[],
  ) {
    this.buffers = new Array<Buffer | undefined>(block.slots.size);
  }

  peak(inputs: ReadonlyMap<string, Value>): number {
    const { steps, slots } = this.block;
    const nested = new Float64Array(steps.length);
    for (const [name, value] of inputs) {
      const bytes = valueBytes(value);
      this.allocate(slots.get(name) ?? -1, typeof bytes === 'number' ? bytes : null, 0);
    }
    for (let at = 0; at < steps.length; at += 1) {
      const step = steps[at]!;
      this.place(step, at);
      for (const slot of step.reads) this.use(slot, at);
      for (const slot of step.captures) this.use(slot, at);
      if (step.callee !== null) nested[at] = this.inner(step.callee);
      for (const body of step.bodies.values()) nested[at] = Math.max(nested[at]!, this.inner(body));
    }
    for (const name of this.block.outputs) this.use(slots.get(name) ?? -1, steps.length - 1);
    return this.highest(nested);
  }

  /** Gives the step's outputs memory; a view's first output shares its input's. */
  private place(step: Step, at: number): void {
    const view = isView(step);
    const facts = this.facts[step.id];
    for (let index = 0; index < step.writes.length; index += 1) {
      const slot = step.writes[index]!;
      if (slot < 0) continue;
      if (view && index === 0) this.buffers[slot] = this.buffers[step.reads[0] ?? -1];
      else this.allocate(slot, facts?.outputBytes === null ? facts.layer.activationBytes : (facts?.outputBytes[index] ?? null), at);
    }
  }

  private allocate(slot: number, bytes: number | null, at: number): void {
    if (slot < 0 || bytes === null || !(bytes >= 0 && Number.isFinite(bytes))) return;
    const buffer = { bytes, firstStep: at, lastStep: at };
    this.buffers[slot] = buffer;
    this.all.push(buffer);
  }

  private use(slot: number, at: number): void {
    const buffer = this.buffers[slot];
    if (buffer !== undefined && at > buffer.lastStep) buffer.lastStep = at;
  }

  /** The peak inside a body without its outputs, which the caller holds. */
  private inner(body: Block): number {
    const inside = new LiveSet(body, this.facts);
    const peak = inside.peak(new Map());
    const handedOut = new Set(body.outputs.map((name) => inside.buffers[body.slots.get(name) ?? -1]));
    return Math.max(0, [...handedOut].reduce((rest, buffer) => rest - (buffer?.bytes ?? 0), peak));
  }

  private highest(nested: Float64Array): number {
    const change = new Float64Array(nested.length + 1);
    for (const { bytes, firstStep, lastStep } of this.all) {
      change[firstStep]! += bytes;
      change[lastStep + 1]! -= bytes;
    }
    let alive = 0;
    let highest = 0;
    for (let at = 0; at < nested.length; at += 1) {
      alive += change[at]!;
      highest = Math.max(highest, alive + nested[at]!);
    }
    return highest;
  }
}
