import type { Model } from '../onnx/model';
import { STRICT_COUNTER } from './cost/counter';
import type { Layer } from './layer';
import type { Rows } from './rows';
import { storedBytes } from './parameters';

/** What a reader of the totals should know: what they leave out, and what was not understood. */
export function notesOf(model: Model, layers: readonly Layer[], rows: Rows): readonly string[] {
  return [...unused(model, rows), ...withoutRule(layers), ...alternatives(layers)];
}

function unused(model: Model, rows: Rows): readonly string[] {
  const idle = model.graph.initializers.filter((tensor) => !rows.isUsed(tensor));
  if (idle.length === 0) return [];
  const bytes = idle.reduce((sum, tensor) => sum + storedBytes(tensor), 0);
  return [`${idle.length === 1 ? `The initializer "${idle[0]!.name}" is` : `${String(idle.length)} initializers are`} used by no operator (${String(bytes)} bytes) and not counted.`];
}

function withoutRule(layers: readonly Layer[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { unresolved, name, op, domain } of layers) {
    if (unresolved?.blockedBy !== name || STRICT_COUNTER.knows(domain, op)) continue;
    const key = domain === '' ? op : `${domain}.${op}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts.size === 0 ? [] : [`Operators without a rule, left out of the totals: ${[...counts].map(([op, count]) => `${op} (${String(count)})`).join(', ')}.`];
}

function alternatives(layers: readonly Layer[]): readonly string[] {
  const count = layers.filter(({ untaken }) => untaken === true).length;
  return count === 0 ? [] : [`Of every If the totals count one branch, the costlier one unless its condition is constant; ${String(count)} operators of other branches are left out.`];
}
