import type { Dim } from './dim';
import { add, multiply } from './dim';
import type { Step } from './step';
import type { Value } from './value';
import { valueBytes } from './value';
import { holdsOthers, isView } from './views';

/** Operators that read a part of their first input that is as large as their output. */
const PICKING: ReadonlySet<string> = new Set(['Gather', 'GatherElements', 'GatherND', 'Slice', 'Compress']);

/** Operators that look at the shape of their input, not at its elements. */
const LOOKING: ReadonlySet<string> = new Set(['Shape', 'Size', 'OptionalHasElement', 'SequenceLength']);

/** A value that a step reads or writes. */
interface MovedValue {
  readonly name: string;
  readonly value: Value;
  readonly role: 'input' | 'output';
  /** Only a part is read, as large as the first output, which `value` is. */
  readonly picked: boolean;
}

type Visit = (value: Value, index: number, role: MovedValue['role'], picked: boolean) => void;

/**
 * What a step moves to and from memory when nothing stays in a cache between operators: each input and each output once,
 * constants included. A view moves nothing, and operators inside a step have rows of their own.
 */
function visitMoved(step: Step, inputs: readonly (Value | null)[], outputs: readonly Value[], visit: Visit): void {
  if (isView(step) || holdsOthers(step) || step.bodies.size > 0) return;
  const { node } = step;
  const picks = PICKING.has(node.op);
  for (let index = 0; index < inputs.length && !LOOKING.has(node.op); index += 1) {
    const picked = picks && index === 0;
    const value = picked ? (outputs[0] ?? null) : inputs[index]!;
    if (value !== null) visit(value, index, 'input', picked);
  }
  for (let index = 0; index < outputs.length; index += 1) if (node.outputs[index] !== '') visit(outputs[index]!, index, 'output', false);
}

/** See `visitMoved`. */
export function movedValues(step: Step, inputs: readonly (Value | null)[], outputs: readonly Value[]): readonly MovedValue[] {
  const moved: MovedValue[] = [];
  visitMoved(step, inputs, outputs, (value, index, role, picked) => {
    moved.push({ name: (role === 'input' ? step.node.inputs : step.node.outputs)[index] ?? '', value, role, picked });
  });
  return moved;
}

/** Bytes of all that a step moves, over all its runs; null when a size is unknown. */
export function movedBytes(step: Step, { inputs, outputs, times }: { readonly inputs: readonly (Value | null)[]; readonly outputs: readonly Value[]; readonly times: Dim }): Dim | null {
  const sum: { bytes: Dim | null } = { bytes: 0 };
  visitMoved(step, inputs, outputs, (value) => {
    const bytes = sum.bytes === null ? null : valueBytes(value);
    sum.bytes = sum.bytes === null || bytes === null ? null : add(sum.bytes, bytes);
  });
  return sum.bytes === null ? null : multiply(sum.bytes, times);
}
