import type { Layer } from './layer';

/** What all layers of one operator type take together. Plain data; crosses processes. */
export interface OperatorTotals {
  readonly op: string;
  readonly domain: string;
  readonly layers: number;
  /** Constants count at their first user, as in the layers. */
  readonly parameters: number;
  readonly weightBytes: number;
  /** Sums of what is known over layers that run: as in the model's totals, the branch of an If that does not run is left out. */
  readonly macs: number;
  readonly flops: number;
  readonly activationBytes: number;
  /** Layers with an unknown figure, which the sums leave out. */
  readonly unresolved: number;
}

type Sums = { -readonly [Key in keyof OperatorTotals]: OperatorTotals[Key] };

/** Totals by operator type: the largest weights first, then the most compute, then the most layers. Their sums are the model's totals. */
export function operatorTotals(layers: readonly Layer[]): readonly OperatorTotals[] {
  const found = new Map<string, Sums>();
  for (const layer of layers) {
    const key = `${layer.domain}\n${layer.op}`;
    let sums = found.get(key);
    if (sums === undefined) found.set(key, (sums = { op: layer.op, domain: layer.domain, layers: 0, parameters: 0, weightBytes: 0, macs: 0, flops: 0, activationBytes: 0, unresolved: 0 }));
    add(sums, layer);
  }
  return [...found.values()].sort((a, b) => b.weightBytes - a.weightBytes || b.macs - a.macs || b.flops - a.flops || b.layers - a.layers || (a.op < b.op ? -1 : 1));
}

function add(sums: Sums, layer: Layer): void {
  sums.layers += 1;
  sums.parameters += layer.parameters;
  sums.weightBytes += layer.weightBytes;
  if (layer.untaken === true) return;
  sums.macs += layer.macs ?? 0;
  sums.flops += layer.flops ?? 0;
  sums.activationBytes += layer.activationBytes ?? 0;
  if (layer.unresolved !== null) sums.unresolved += 1;
}
