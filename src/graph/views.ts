import type { Step } from './step';

/** Operators whose output is another view of their input's memory. */
const VIEWS: ReadonlySet<string> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout']);

/** True for a step whose first output needs no memory of its own. */
export function isView(step: Step): boolean {
  return step.node.domain === '' && VIEWS.has(step.node.op);
}

/** True for a step whose outputs are those of the operators inside it. */
export function holdsOthers(step: Step): boolean {
  return step.callee !== null || (step.node.op === 'If' && step.bodies.size > 0);
}
