import { countingText } from './conventions';
import { formatBytes, formatBytesFull, formatCount, formatExact } from './numbers';
import { formatShape } from './scheme';
import type { Layer, ModelInfo, Totals } from '../graph/layer';

/** Label and value of each fact about a model; the head of every report. */
export function factLines(model: ModelInfo, totals: Totals): readonly (readonly [string, string])[] {
  const { unresolved } = totals;
  const notCounted = unresolved === 0 ? '' : ` (${unresolved} ${unresolved === 1 ? 'layer' : 'layers'} not counted)`;
  return [
    ['Model', `${model.file}, ${formatBytesFull(model.fileBytes + model.externalBytes)}`],
    originLine(model),
    ['Inputs', model.inputs.map(({ name, dataType, shape }) => `${name}: ${dataType} ${formatShape(shape)}`).join(', ')],
    ['Outputs', model.outputs.map(({ name, dataType, shape }) => `${name}: ${dataType} ${formatShape(shape)}`).join(', ')],
    ['Parameters', `${formatCount(totals.parameters)} (${formatExact(totals.parameters)})${otherCounts(totals)}`],
    ['Weights', `${formatBytesFull(totals.weightBytes)}${storedTypes(totals)}`],
    ['Compute', `${formatCount(totals.macs)} MACs, ${formatCount(totals.flops)} FLOPs (${countingText(totals.counting)})${notCounted}`],
    ['Activations', `${formatBytes(totals.activationBytes)} in all, ${formatBytes(totals.peakActivationBytes)} at the peak${notCounted}`],
  ];
}

/** Who wrote the file, with which operator sets. */
function originLine({ producer, producerVersion, opsets }: ModelInfo): readonly [string, string] {
  const writer = [producer, producerVersion].filter((part) => part !== '').join(' ');
  const sets = (standard: string): string => Object.entries(opsets).map(([domain, version]) => `${domain === '' ? standard : `${domain} `}${version}`).join(', ');
  return writer === '' ? ['Opset', sets('')] : ['Producer', `${writer}, ${sets('opset ')}`];
}

/** The other things that "parameters" can mean, where they are other figures. */
function otherCounts({ parameters, parameterCounts: { initializers, constants, logical } }: Totals): string {
  const others: readonly (readonly [string, number])[] = [['with statistics and settings', logical], ['float initializers', initializers], ['with float constants', constants]];
  return others.filter(([, count], index) => count !== parameters && others.findIndex((other) => other[1] === count) === index).map(([what, count]) => `; ${formatExact(count)} ${what}`).join('');
}

/** The types in which weights are stored, where there is more than one: "int8 11.7 MB, float 42 kB". */
function storedTypes({ weightTypes }: Totals): string {
  const types = Object.entries(weightTypes);
  return types.length < 2 ? '' : `: ${types.sort((a, b) => b[1] - a[1]).map(([type, bytes]) => `${type} ${formatBytes(bytes)}`).join(', ')}`;
}

/** Names of the layers where chains of unknowns start, by the reason. */
export function reasonsOf(layers: readonly Layer[]): ReadonlyMap<string, readonly string[]> {
  const byReason = new Map<string, string[]>();
  for (const { name, unresolved } of layers) {
    if (unresolved?.blockedBy !== name) continue;
    const names = byReason.get(unresolved.reason);
    if (names) names.push(name);
    else byReason.set(unresolved.reason, [name]);
  }
  return byReason;
}
