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

/**
 * Bytes that a step moves to and from memory when nothing stays in a cache between operators: each input and each output
 * once, constants included, over all its runs. A view moves nothing, and operators inside a step have rows of their own.
 * Null when a size is unknown.
 */
export function movedBytes(step: Step, { inputs, outputs, times }: { readonly inputs: readonly (Value | null)[]; readonly outputs: readonly Value[]; readonly times: Dim }): Dim | null {
  if (isView(step) || holdsOthers(step) || step.bodies.size > 0) return 0;
  const picked = PICKING.has(step.node.op) ? [outputs[0] ?? null, ...inputs.slice(1)] : inputs;
  const read = LOOKING.has(step.node.op) ? [] : picked;
  const written = outputs.filter((_, index) => step.node.outputs[index] !== '');
  let total: Dim = 0;
  for (const value of [...read, ...written]) {
    if (value === null) continue;
    const bytes = valueBytes(value);
    if (bytes === null) return null;
    total = add(total, bytes);
  }
  return multiply(total, times);
}
