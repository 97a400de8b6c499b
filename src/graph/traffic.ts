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

/**
 * What a step moves to and from memory when nothing stays in a cache between operators: each input and each output once,
 * constants included. A view moves nothing, and operators inside a step have rows of their own.
 */
export function movedValues(step: Step, inputs: readonly (Value | null)[], outputs: readonly Value[]): readonly MovedValue[] {
  if (isView(step) || holdsOthers(step) || step.bodies.size > 0) return [];
  const { node } = step;
  const picks = PICKING.has(node.op);
  const moved: MovedValue[] = [];
  for (const [index, input] of LOOKING.has(node.op) ? [] : inputs.entries()) {
    const picked = picks && index === 0;
    const value = picked ? (outputs[0] ?? null) : input;
    if (value !== null) moved.push({ name: node.inputs[index] ?? '', value, role: 'input', picked });
  }
  for (const [index, value] of outputs.entries()) if (node.outputs[index] !== '') moved.push({ name: node.outputs[index] ?? '', value, role: 'output', picked: false });
  return moved;
}

/** Bytes of all that a step moves, over all its runs; null when a size is unknown. */
export function movedBytes(step: Step, { inputs, outputs, times }: { readonly inputs: readonly (Value | null)[]; readonly outputs: readonly Value[]; readonly times: Dim }): Dim | null {
  let total: Dim = 0;
  for (const { value } of movedValues(step, inputs, outputs)) {
    const bytes = valueBytes(value);
    if (bytes === null) return null;
    total = add(total, bytes);
  }
  return multiply(total, times);
}
