import { NibbleError } from '../../errors';
import type { Plan } from '../../plan/plan';
import type { OpenedModel } from '../openModel';
import type { Assessment, LayerAssessment } from '../records';

/** What a plan means, once every error has been measured. Throws what `OpenedModel.assess` throws, and `cancelled`. */
export function assessWholly(opened: OpenedModel, plan: Plan, signal: AbortSignal): Promise<Assessment> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => { reject(new NibbleError('cancelled', 'Cancelled.')); }, { once: true });
    const layers: LayerAssessment[] = [];
    const first = opened.assess(plan, 1, [], (update) => {
      for (const layer of update.layers) layers[layer.layer] = layer;
      if (update.totals.pending === 0) resolve({ revision: update.revision, layers, totals: update.totals });
    });
    layers.push(...first.layers);
    if (first.totals.pending === 0) resolve(first);
  });
}
