import { onnxruntimeCpu } from './onnxruntimeCpu';
import type { Target } from './target';

/** Every target that a plan can name. */
export const TARGETS: readonly Target[] = [onnxruntimeCpu];

/** What a plan means that names none. */
export const DEFAULT_TARGET: Target = onnxruntimeCpu;

/** The target of a plan. */
export function targetOf(plan: { readonly target?: string }): Target {
  return TARGETS.find(({ id }) => id === plan.target) ?? DEFAULT_TARGET;
}
