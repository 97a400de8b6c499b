import { basename, resolve } from 'node:path';
import { NibbleError, throwIfCancelled } from '../../errors';
import type { Layer } from '../../graph/layer';
import { bitsPerElement } from '../../onnx/dtypes';
import type { Plan } from '../../plan/plan';
import { addDifferences, NO_DIFFERENCE } from '../../quant/difference';
import { sqnrDb } from '../../quant/sqnr';
import { hashFile } from '../hashFile';
import { ModelFile } from '../modelFile';
import type { WeightPort } from '../ports';
import type { ComparedLayer, ComparedModel, ComparedSide, ModelComparison, ReportProgress, StoredFormat, WeightDifference } from '../records';
import { absorbedLayers } from './absorbedLayers';
import { contentsOf } from './contents';
import type { LayerPair } from './matchLayers';
import { matchLayers } from './matchLayers';
import { PlanWishes } from './planWishes';
import { orderOf, readableWeight } from './storedNumbers';

export interface CompareRequest {
  readonly first: string;
  readonly second: string;
  /** Values for symbolic input dimensions, of both models. */
  readonly dimensions: Readonly<Record<string, number>>;
  /** The plan that the second model should follow, with its name for messages; null: none. */
  readonly plan: { readonly name: string; readonly plan: Plan } | null;
}

/**
 * Compares two model files: which layers are the same, through quantization, fusion and renaming, what they take and cost,
 * how their weights are written, and how far the numbers are apart. The first model is the reference. Runs nothing. Throws
 * what `ModelFile.open` throws, for either file, and `cancelled`.
 */
export async function compareFiles(request: CompareRequest, weights: WeightPort, report: ReportProgress, signal: AbortSignal): Promise<ModelComparison> {
  throwIfCancelled(signal);
  const options = { batchOfOne: true };
  const first = ModelFile.open(resolve(request.first), request.dimensions, options);
  try {
    const second = ModelFile.open(resolve(request.second), request.dimensions, options);
    try {
      return await new Comparison({ first, second }, request, weights, report, signal).run();
    } finally {
      second.close();
    }
  } finally {
    first.close();
  }
}

interface Files {
  readonly first: ModelFile;
  readonly second: ModelFile;
}

class Comparison {
  readonly #wishes: PlanWishes | null;
  readonly #total: number;
  #done = 0;

  constructor(
    private readonly files: Files,
    private readonly request: CompareRequest,
    private readonly weights: WeightPort,
    private readonly report: ReportProgress,
    private readonly signal: AbortSignal,
  ) {
    this.#wishes = request.plan && new PlanWishes(request.plan.plan, files.first);
    this.#total = files.first.analysis.totals.weightBytes + files.second.analysis.totals.weightBytes;
  }

  async run(): Promise<ModelComparison> {
    const { first, second } = this.files;
    const pairs = await this.#match();
    const absorbed = absorbedLayers(pairs, first.analysis.layers, second.analysis.layers);
    const layers: ComparedLayer[] = [];
    for (const pair of pairs) {
      if (pair.first !== null && absorbed.isAbsorbed.has(pair.first)) continue;
      layers.push(await this.#layer(pair, pair.first === null ? [] : (absorbed.by.get(pair.first) ?? [])));
    }
    first.checkUnchanged();
    second.checkUnchanged();
    const differences = layers.flatMap(({ difference }) => difference ?? []);
    return {
      first: await this.#describe(first),
      second: await this.#describe(second),
      layers,
      difference: differences.length === 0 ? null : sumOf(differences),
      plan: this.request.plan?.name ?? null,
      notes: [first, second].flatMap((file) => file.analysis.model.notes.map((note) => `${basename(file.path)}: ${note}`)),
    };
  }

  /** Names tell most; only where they leave weights open are contents read. */
  async #match(): Promise<readonly LayerPair[]> {
    const { first, second } = this.files;
    const layers = [first.analysis.layers, second.analysis.layers] as const;
    const pairs = matchLayers(...layers, { first: new Map(), second: new Map() });
    const isOpen = ({ by }: LayerPair): boolean => by === null || by === 'place';
    const open = (side: keyof Files): readonly number[] => pairs.flatMap((pair) => (isOpen(pair) && pair[side] !== null && this.files[side].analysis.layers[pair[side]]!.weights.length > 0 ? [pair[side]] : []));
    if (open('first').length === 0 || open('second').length === 0) return pairs;
    const onBytes = (bytes: number): void => { this.#advance('Matching weights', bytes); };
    return matchLayers(...layers, { first: await contentsOf(first, open('first'), onBytes, this.signal), second: await contentsOf(second, open('second'), onBytes, this.signal) });
  }

  async #layer(pair: LayerPair, absorbed: readonly number[]): Promise<ComparedLayer> {
    const { first, second } = this.files;
    const [a, b] = [pair.first === null ? null : first.analysis.layers[pair.first]!, pair.second === null ? null : second.analysis.layers[pair.second]!];
    const sides = { first: a && sideOf(a), second: b && sideOf(b) };
    const compared = a === null || b === null ? { difference: null, notCompared: '' } : await this.#weights(a, b);
    return {
      ...sides,
      match: pair.by,
      absorbed: absorbed.map((index) => first.analysis.layers[index]!.name),
      ...compared,
      unmet: a === null ? null : (this.#wishes?.unmetBy(a, sides.second?.format ?? null) ?? null),
    };
  }

  /** The weights of two layers, in the order of their inputs. */
  async #weights(a: Layer, b: Layer): Promise<Pick<ComparedLayer, 'difference' | 'notCompared'>> {
    const found: WeightDifference[] = [];
    let notCompared = a.weights.length === b.weights.length ? '' : `one layer has ${String(a.weights.length)} weights and the other ${String(b.weights.length)}`;
    for (let index = 0; index < Math.min(a.weights.length, b.weights.length); index += 1) {
      throwIfCancelled(this.signal);
      const difference = await this.#weight(a, b, index);
      if (typeof difference === 'string') notCompared ||= difference;
      else found.push(difference);
    }
    return { difference: found.length === 0 ? null : sumOf(found), notCompared };
  }

  async #weight(a: Layer, b: Layer, index: number): Promise<WeightDifference | string> {
    try {
      const first = readable(this.files.first, a, index);
      if (typeof first === 'string') return first;
      const second = readable(this.files.second, b, index);
      if (typeof second === 'string') return second;
      const order = orderOf(first, second);
      if (typeof order === 'string') return order;
      return await this.weights.difference(first.task, second.task, order, { signal: this.signal, onBytes: (bytes) => { this.#advance('Comparing weights', bytes); } });
    } catch (error) {
      // A tensor that cannot be read is no reason to say nothing about the others.
      if (NibbleError.is(error) && (error.reason === 'external-data' || error.reason === 'malformed' || error.reason === 'limit' || error.reason === 'unsupported')) return error.message;
      throw error;
    }
  }

  async #describe(file: ModelFile): Promise<ComparedModel> {
    const { model, totals, layers } = file.analysis;
    return {
      file: basename(file.path), bytes: model.fileBytes + model.externalBytes, layers: layers.length, parameters: totals.parameterCounts.logical, weightBytes: totals.weightBytes,
      macs: totals.macs, unresolved: totals.unresolved, sha256: await hashFile(file.path, this.signal),
    };
  }

  #advance(step: string, bytes: number): void {
    this.#done += bytes;
    this.report({ step, done: Math.min(this.#done, this.#total), total: this.#total, unit: 'bytes' });
  }
}

function readable(file: ModelFile, layer: Layer, index: number): ReturnType<typeof readableWeight> {
  const site = file.sites[layer.index]!;
  return readableWeight(file, layer.weights[index]!, site.weights[index]!, site.node);
}

function sideOf(layer: Layer): ComparedSide {
  const { index, name, op, logical, parameters, weightBytes, macs } = layer;
  return { layer: index, name, standsFor: logical?.standsFor ?? [op], format: formatIn(layer), parameters, weightBytes, macs };
}

function formatIn({ logical, weights }: Layer): StoredFormat | null {
  const [first] = weights;
  if (logical?.weights) {
    const { dataType, bits, granularity, symmetric } = logical.weights;
    return { dataType, bits, granularity, symmetric };
  }
  return first === undefined ? null : { dataType: first.dataType, bits: bitsPerElement(first.dataType), granularity: null, symmetric: null };
}

function sumOf(differences: readonly WeightDifference[]): WeightDifference {
  const sums = differences.reduce(addDifferences, NO_DIFFERENCE);
  return { ...sums, elements: differences.reduce((sum, { elements }) => sum + elements, 0), sqnrDb: sqnrDb(sums.signal, sums.noise) };
}
