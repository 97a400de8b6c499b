import type { Flow } from '../../graph/flow';
import type { ResolvedActivations } from '../../plan/activations';
import { placeActivations } from '../../targets/placement';
import type { Target } from '../../targets/target';
import { candidateLayers } from '../activations/placeableLayers';
import { predictKernels } from '../activations/predictKernels';
import type { Decisions } from '../decisions';
import type { ModelFile } from '../modelFile';
import type { AssessedActivations } from '../records';

/** What a plan means for the activations of each layer that could compute on codes, by layer index: by the rules alone, without samples. */
export function planActivations(file: ModelFile, flow: Flow, target: Target, decisions: Decisions, { format, float }: ResolvedActivations): ReadonlyMap<number, AssessedActivations> {
  const { runtime } = target;
  const { layers, refused } = candidateLayers(file, flow, decisions, runtime, format, ({ index }) => !float.has(index));
  const placement = placeActivations(flow, layers, { rules: runtime.activations.placement, additions: false, float: new Set() });
  const kernels = predictKernels(file, target, placement, decisions);
  const quantized = layers.map(({ layer: { index } }) => [index, { format, byPlan: false, why: '', kernel: kernels[index]!.kernel }] as const);
  const kept = [...refused].map(([index, why]) => [index, { format: null, byPlan: float.has(index), why, kernel: kernels[index]!.kernel }] as const);
  return new Map<number, AssessedActivations>([...quantized, ...kept]);
}
