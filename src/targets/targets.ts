import type { Layer } from '../graph/layer';
import { activationFormatOf, resolveActivations } from '../plan/activations';
import type { ResolvedActivations } from '../plan/activations';
import type { Plan } from '../plan/plan';
import { onnxruntimeAvx2 } from './onnxruntimeAvx2';
import { onnxruntimeCpu } from './onnxruntimeCpu';
import { onnxruntimeWeb } from './onnxruntimeWeb';
import { openvino } from './openvino';
import { qnn } from './qnn';
import type { Runtime, Target } from './target';
import { tensorrt } from './tensorrt';

/** Every runtime that a plan can name. */
export const RUNTIMES: readonly Runtime[] = [onnxruntimeCpu, onnxruntimeAvx2, onnxruntimeWeb, openvino, tensorrt, qnn];

/** What a plan means that names none. */
export const DEFAULT_TARGET: Target = { runtime: onnxruntimeCpu, format: null };

/** The target of a plan. */
export function targetOf(plan: Pick<Plan, 'target' | 'default'>): Target {
  const runtime = RUNTIMES.find(({ id }) => id === plan.target) ?? DEFAULT_TARGET.runtime;
  return { runtime, format: activationFormatOf(plan, runtime.activations.formats) };
}

/** What a plan means for the activations of a model on its target; null when all of them stay float. */
export function activationsOf(plan: Plan, layers: readonly Layer[]): ResolvedActivations | null {
  return resolveActivations(plan, layers, targetOf(plan).runtime.activations.formats);
}
