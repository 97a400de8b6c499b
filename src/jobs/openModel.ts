import { STRICT_COUNTING } from '../graph/counting';
import type { Analysis, RepeatedBlock } from '../graph/layer';
import type { Explanation, Figure } from '../graph/explanation';
import type { MemoryProfile } from '../graph/memory/memoryProfile';
import type { Plan } from '../plan/plan';
import { resolvePlan } from '../plan/resolve';
import type { WeightScheme } from '../quant/scheme';
import { Flow } from '../graph/flow';
import { activationsOf, targetOf } from '../targets/targets';
import { LayerAssessor } from './assess/assessLayers';
import type { AppliedPlan } from './assess/assessLayers';
import { ErrorCache } from './assess/errorCache';
import { formatOptions, groupFormats } from './assess/formats';
import type { FormatSources } from './assess/formats';
import { layerDetail } from './assess/detail';
import { MeasureQueue } from './assess/measureQueue';
import { planActivations } from './assess/planActivations';
import { wishesFor } from './assess/wishes';
import { Decider } from './decisions';
import { ModelFile } from './modelFile';
import type { WeightPort } from './ports';
import type { ReportedQuantization, ReportFormat } from './report/records';
import { renderReport } from './report/render';
import { makeReport } from './report/report';
import type { Assessment, AssessmentTotals, FormatOption, GroupFormat, LayerAssessment, LayerDetail } from './records';

/** Figures of an earlier assessment that have become known. */
export interface AssessmentUpdate {
  readonly revision: number;
  readonly layers: readonly LayerAssessment[];
  readonly totals: AssessmentTotals;
}

/** Updates are gathered for this long: a few a second look alive, and hundreds would only keep everyone busy. */
const UPDATE_EVERY_MS = 100;

/** A model that is open for work on its plan: answers at once from what is known and measures the rest in the background. */
export class OpenedModel {
  readonly #cache = new ErrorCache();
  readonly #decider: Decider;
  readonly #queue: MeasureQueue;
  readonly #closed = new AbortController();
  #updates: PendingUpdates | null = null;
  /** Made when a plan quantizes activations. */
  #flow: Flow | null = null;

  /** A batch without a value counts as one. Throws what `ModelFile.open` throws. */
  static open(path: string, dimensions: Readonly<Record<string, number>>, weights: WeightPort, counting = STRICT_COUNTING): OpenedModel {
    return new OpenedModel(ModelFile.open(path, dimensions, { batchOfOne: true, counting }), weights);
  }

  private constructor(
    private readonly file: ModelFile,
    private readonly weights: WeightPort,
  ) {
    this.#decider = new Decider(file);
    this.#queue = new MeasureQueue(this.#cache, file, weights);
  }

  get analysis(): Analysis {
    return this.file.analysis;
  }

  get blocks(): readonly RepeatedBlock[] {
    return this.file.blocks;
  }

  /**
   * What a plan means for every layer. Figures that are not known yet are 'pending'; `onUpdate` brings them, until the
   * next call or `close`. Throws `changed` when the file on disk is another one now.
   * @param visible layers whose figures are wanted first.
   */
  assess(plan: Plan, revision: number, visible: readonly number[], onUpdate: (update: AssessmentUpdate) => void): Assessment {
    this.file.checkUnchanged();
    const applied = this.#apply(plan);
    const assessor = new LayerAssessor(this.file, applied, this.#cache);
    this.#updates?.stop();
    const updates = new PendingUpdates(this.file, assessor, revision, onUpdate);
    this.#updates = updates;
    this.#queue.follow(wishesFor(this.file, this.#decider, applied, visible), (key) => { updates.add(key); });
    return { revision, layers: this.analysis.layers.map((layer) => assessor.layer(layer)), totals: assessor.totals() };
  }

  /** Every format that a layer could have, with its error and size. */
  formats(layer: number, plan: Plan, signal: AbortSignal): Promise<readonly FormatOption[]> {
    return formatOptions(this.#formatSources(plan), layer, resolvePlan(plan, this.analysis.layers).schemes[layer], AbortSignal.any([signal, this.#closed.signal]));
  }

  /** Every format that several layers could have, with what it comes to for all of them. */
  groupFormats(layers: readonly number[], plan: Plan, signal: AbortSignal): Promise<readonly GroupFormat[]> {
    return groupFormats(this.#formatSources(plan), layers, resolvePlan(plan, this.analysis.layers).schemes, AbortSignal.any([signal, this.#closed.signal]));
  }

  /** Distribution, levels, errors and channel ranges of one of a layer's weights. */
  detail(layer: number, weight: number, scheme: WeightScheme, signal: AbortSignal): Promise<LayerDetail> {
    this.file.checkUnchanged();
    return layerDetail(this.file, this.#decider, this.weights, { layer, weight, scheme }, AbortSignal.any([signal, this.#closed.signal]));
  }

  /** How activations fill the memory over time. */
  memory(): MemoryProfile {
    return this.file.memory;
  }

  /** Where a layer's figure comes from; null: the model's. Throws `invalid-argument` for a layer that there is not. */
  explain(layer: number | null, figure: Figure): Explanation {
    return this.file.explain(layer, figure);
  }

  /** A report in one of its forms. */
  async report(format: ReportFormat, quantization: ReportedQuantization, signal: AbortSignal): Promise<string> {
    return renderReport(await makeReport(this.file, quantization, AbortSignal.any([signal, this.#closed.signal])), format);
  }

  close(): void {
    this.#updates?.stop();
    this.#queue.close();
    this.#closed.abort();
    this.file.close();
  }

  #formatSources(plan: Plan): FormatSources {
    this.file.checkUnchanged();
    return { file: this.file, decider: this.#decider, target: targetOf(plan), cache: this.#cache, weights: this.weights };
  }

  #apply(plan: Plan): AppliedPlan {
    const resolved = resolvePlan(plan, this.analysis.layers);
    const target = targetOf(plan);
    const decisions = this.#decider.all(resolved, target);
    const wish = activationsOf(plan, this.analysis.layers);
    return { target, resolved, decisions, activations: wish === null ? new Map() : planActivations(this.file, (this.#flow ??= new Flow(this.file.model.graph)), target, decisions, wish) };
  }
}

/** Gathers measured tensors and reports the layers that use them. */
class PendingUpdates {
  readonly #layers = new Set<number>();
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(
    private readonly file: ModelFile,
    private readonly assessor: LayerAssessor,
    private readonly revision: number,
    private readonly onUpdate: (update: AssessmentUpdate) => void,
  ) {}

  add(key: string): void {
    if (this.#stopped) return;
    for (const layer of this.file.weights.get(key)!.layers) this.#layers.add(layer);
    this.#timer ??= setTimeout(() => { this.#report(); }, UPDATE_EVERY_MS);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #report(): void {
    this.#timer = null;
    const layers = [...this.#layers].sort((a, b) => a - b).map((index) => this.assessor.layer(this.file.analysis.layers[index]!));
    this.#layers.clear();
    this.onUpdate({ revision: this.revision, layers, totals: this.assessor.totals() });
  }
}
