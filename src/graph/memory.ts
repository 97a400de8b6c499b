import type { StepFacts } from './interpreter';
import { valueBytes } from './interpreter';
import type { Block, Step } from './step';
import type { Value } from './value';

/** Operators whose output is another view of their input's memory. */
const VIEWS: ReadonlySet<string> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout']);

/** True for a step whose first output needs no memory of its own. */
export function isView(step: Step): boolean {
  return step.node.domain === '' && VIEWS.has(step.node.op);
}

/**
 * The most bytes of activations alive at once, running one step after the other. A value lives from the step that
 * computes it to its last reader; graph inputs live from the start, graph outputs to the end; a view lives in its
 * source's memory and keeps it alive; elementwise operators do not work in place; constants do not count. While a body
 * or function runs, its own peak comes on top of what lives around it; its outputs are its caller's. Values of unknown
 * size count as nothing.
 */
export function peakBytes(block: Block, facts: ReadonlyMap<Step, StepFacts>, inputs: ReadonlyMap<string, Value>): number {
  return new LiveSet(block, facts).peak(inputs);
}

interface Buffer {
  readonly bytes: number;
  readonly firstStep: number;
  lastStep: number;
}

class LiveSet {
  private readonly buffers = new Map<string, Buffer>();

  constructor(
    private readonly block: Block,
    private readonly facts: ReadonlyMap<Step, StepFacts>,
  ) {}

  peak(inputs: ReadonlyMap<string, Value>): number {
    const { steps } = this.block;
    const nested = new Float64Array(steps.length);
    for (const [name, value] of inputs) this.allocate(name, value, 0);
    for (const [at, step] of steps.entries()) {
      this.place(step, at);
      for (const body of bodiesOf(step)) nested[at] = Math.max(nested[at]!, this.inner(body));
      for (const name of namesReadBy(step)) this.use(name, at);
    }
    for (const name of this.block.outputs) this.use(name, steps.length - 1);
    return this.highest(nested);
  }

  /** Gives the step's outputs memory; a view's first output shares its input's. */
  private place(step: Step, at: number): void {
    const shared = isView(step) ? this.buffers.get(step.node.inputs[0] ?? '') : undefined;
    const values = this.facts.get(step)?.outputs ?? [];
    step.node.outputs.forEach((name, index) => {
      if (name === '') return;
      if (index === 0 && shared !== undefined) this.buffers.set(name, shared);
      else if (index > 0 || !isView(step)) this.allocate(name, values[index], at);
    });
  }

  private allocate(name: string, value: Value | undefined, at: number): void {
    const bytes = value && valueBytes(value);
    this.buffers.set(name, { bytes: typeof bytes === 'number' ? bytes : 0, firstStep: at, lastStep: at });
  }

  private use(name: string, at: number): void {
    const buffer = this.buffers.get(name);
    if (buffer !== undefined && at > buffer.lastStep) buffer.lastStep = at;
  }

  /** The peak inside a body without its outputs, which the caller holds. */
  private inner(body: Block): number {
    const inside = new LiveSet(body, this.facts);
    const outputs = new Set(body.outputs);
    const peak = inside.peak(new Map());
    let handedOut = 0;
    for (const [name, buffer] of inside.buffers) if (outputs.has(name)) handedOut += buffer.bytes;
    return Math.max(0, peak - handedOut);
  }

  private highest(nested: Float64Array): number {
    const change = new Float64Array(nested.length + 1);
    for (const buffer of new Set(this.buffers.values())) {
      change[buffer.firstStep]! += buffer.bytes;
      change[Math.min(buffer.lastStep + 1, nested.length)]! -= buffer.bytes;
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

function bodiesOf(step: Step): readonly Block[] {
  return step.callee === null ? [...step.bodies.values()] : [step.callee];
}

/** Names that a step reads, those that its bodies capture included. */
function namesReadBy(step: Step): readonly string[] {
  if (step.bodies.size === 0) return step.node.inputs;
  return [...step.node.inputs, ...[...step.bodies.values()].flatMap((body) => [...body.outputs, ...body.steps.flatMap(namesReadBy)])];
}
