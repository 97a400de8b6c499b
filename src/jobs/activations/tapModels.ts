import type { Node } from '../../onnx/model';
import { FreshNames } from '../export/freshNames';
import { ModelFile } from '../modelFile';
import { firstShapes } from '../runs/firstShapes';
import type { Tap, TapGroup } from '../runs/observe';
import type { CalibrateRun } from './calibrateContext';
import { sizesOf } from './dimensionSizes';
import { GraphEdits } from './graphEdits';
import { neededNodes } from './neededNodes';
import { reduceNode } from './reduceNode';
import { writeVariant } from './variantFile';

/** A value to be watched. */
export interface WatchedValue {
  readonly name: string;
  /** How many axes it has, when its extremes are wanted for each entry of the second; null: for the whole value. */
  readonly channelRank: number | null;
}

/** Bytes of values that a group gives out at once. All of a large network's values at a time would take gigabytes. */
export const MAX_GROUP_BYTES = 2 ** 26;
/** What a value is taken for whose size is not known before the model runs. */
const UNKNOWN_BYTES = 2 ** 22;

/**
 * Copies of a float model that give out extremes and sums of some values, computed inside, and where values are `counted` the values
 * themselves: then in groups of bounded size. The copy of a group computes what its values need, and nothing behind them.
 */
export async function tapModels(file: ModelFile, values: readonly WatchedValue[], counted: boolean, run: CalibrateRun): Promise<readonly TapGroup[]> {
  const groups = counted ? grouped(file, values, run) : [values];
  const made: TapGroup[] = [];
  for (const group of groups) made.push(await tapModel(file, group, groups.length > 1, counted, run));
  return made;
}

async function tapModel(file: ModelFile, values: readonly WatchedValue[], cut: boolean, counted: boolean, { ports, scratch, signal }: CalibrateRun): Promise<TapGroup> {
  const edits = new GraphEdits(file.model, new FreshNames(file.model));
  const taps = values.map(({ name, channelRank }): Tap => {
    const [low, high, sum] = ['smallest', 'largest', 'sum'].map((role) => edits.names.take(`${name}_${role}`)) as [string, string, string];
    const axes = channelRank === null ? null : Array.from({ length: channelRank }, (_, axis) => axis).filter((axis) => axis !== 1);
    edits.addLast([reduceNode(edits, 'ReduceMin', name, low, axes), reduceNode(edits, 'ReduceMax', name, high, axes), reduceNode(edits, 'ReduceSum', name, sum, null)]);
    return { name, low, high, perChannel: axes !== null, sum };
  });
  if (cut) edits.keepOnly(neededNodes(file.model.graph, values.map(({ name }) => name)));
  const outputs = new Set(cut ? [] : file.model.graph.outputs.map(({ name }) => name));
  edits.expose([...(counted ? values.map(({ name }) => name).filter((name) => !outputs.has(name)) : []), ...taps.flatMap(({ low, high, sum }) => [low, high, sum])]);
  const changes = { edits: edits.finish(), names: edits.names, opsets: new Map<string, number>(), contents: new Map<string, never>() };
  return { model: await writeVariant(file, [], changes, scratch('tapped'), ports, signal), taps };
}

/** Cuts the values, in the order in which they are made, into groups that are not too large. */
function grouped(file: ModelFile, values: readonly WatchedValue[], run: CalibrateRun): readonly (readonly WatchedValue[])[] {
  const bytes = valueBytes(file, run);
  const order = new Map(file.model.graph.nodes.flatMap((node, index) => node.outputs.map((name) => [name, index] as const)));
  const sorted = [...values].sort((a, b) => (order.get(a.name) ?? -1) - (order.get(b.name) ?? -1));
  const groups: WatchedValue[][] = [];
  let filled = Infinity;
  for (const value of sorted) {
    const size = bytes.get(value.name) ?? UNKNOWN_BYTES;
    if (filled + size > MAX_GROUP_BYTES) {
      groups.push([]);
      filled = 0;
    }
    groups.at(-1)!.push(value);
    filled += size;
  }
  return groups.length === 0 ? [[]] : groups;
}

/** How large values are on the first sample, as far as shapes can be found without running the model. */
function valueBytes(file: ModelFile, { inputs }: CalibrateRun): ReadonlyMap<string, number> {
  const sized = ModelFile.open(file.path, sizesOf(file, firstShapes(inputs)));
  try {
    const producers = new Map<Node, number>(sized.sites.flatMap(({ node, members }, index) => {
      const { activationBytes } = sized.analysis.layers[index]!;
      return activationBytes === null ? [] : [node, ...members].map((own) => [own, activationBytes] as const);
    }));
    return new Map(sized.model.graph.nodes.flatMap((node) => {
      const bytes = producers.get(node);
      return bytes === undefined ? [] : node.outputs.map((name) => [name, bytes] as const);
    }));
  } finally {
    sized.close();
  }
}
