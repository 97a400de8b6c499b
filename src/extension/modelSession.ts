import { Emitter } from 'vscode-jsonrpc';
import type { CancellationToken } from 'vscode-jsonrpc';
import type { AuditReport, Finding } from '../audit/finding';
import { NibbleError } from '../errors';
import * as api from '../engine/api';
import type { EngineClient, EngineLog } from '../engine/client';
import { sameAssessment } from '../engine/assessmentDiff';
import { RemoteModel } from '../engine/remoteModel';
import { fromResponseError } from '../engine/wireErrors';
import { groupsBy } from '../format/groups';
import { STRICT_COUNTING } from '../graph/counting';
import type { Counting } from '../graph/counting';
import type { Layer, ModelInfo, RepeatedBlock, Totals } from '../graph/layer';
import type { Explanation, Figure } from '../graph/explanation';
import type { MemoryProfile } from '../graph/memory/memoryProfile';
import type { Assessment, AssessmentTotals, FormatOption, GroupFormat, LayerAssessment, LayerDetail, QuantizeResult } from '../jobs/records';
import type { ReportFormat } from '../jobs/report/records';
import type { Plan } from '../plan/plan';
import type { WeightScheme } from '../quant/scheme';
import type { JobState } from './editorApi';

/** A table that is being scrolled names other visible layers with every frame; the engine hears of the last ones. */
const VISIBLE_SETTLES_MS = 120;

/** Larger models are not audited just because they were opened: all their codes would be read. */
export const MAX_QUIETLY_AUDITED_BYTES = 64 * 2 ** 20;

/** What the engine said about an opened model. */
export interface LoadedModel {
  readonly info: ModelInfo;
  readonly totals: Totals;
  readonly layers: readonly Layer[];
  readonly blocks: readonly RepeatedBlock[];
}

/** What is known of a large model as soon as its first rows are here. */
export interface OpeningModel {
  readonly info: ModelInfo;
  readonly totals: Totals;
  readonly layerCount: number;
  /** The first of them. */
  readonly layers: readonly Layer[];
}

export interface AssessmentChange {
  readonly revision: number;
  /** The layers whose figures differ from those of the last event. */
  readonly layers: readonly LayerAssessment[];
  readonly totals: AssessmentTotals;
}

export interface QuantizeRequest {
  readonly output: string;
  readonly samples: string | null;
  readonly run: api.QuantizeParams['run'];
}

/**
 * One model as the window knows it: what the engine says about the file and about the present plan. Every view of the
 * model (editor panels, trees, hovers) reads from here; none computes a figure of its own. Knows nothing of `vscode`.
 */
export class ModelSession {
  private readonly modelChanged = new Emitter<void>();
  private readonly assessed = new Emitter<AssessmentChange>();
  private readonly jobChanged = new Emitter<JobState | null>();
  private readonly finished = new Emitter<QuantizeResult>();
  private readonly audited = new Emitter<AuditReport>();

  /** The model was read, read again, or could not be read. */
  readonly onDidChangeModel = this.modelChanged.event;
  readonly onDidAssess = this.assessed.event;
  readonly onDidChangeJob = this.jobChanged.event;
  readonly onDidFinish = this.finished.event;
  readonly onDidAudit = this.audited.event;

  private remote: RemoteModel | null = null;
  private loading: Promise<void> = Promise.resolve();
  private loads = 0;
  private currentPlan: Plan = { version: 1 };
  private revision = 0;
  private visibleTimer: NodeJS.Timeout | undefined;
  private readonly visible = new Map<object, readonly number[]>();
  private readonly formatCache = new Map<number, Promise<readonly FormatOption[]>>();
  private readonly stops: (() => void)[];
  private disposed = false;

  loaded: LoadedModel | null = null;
  /** While the other rows of a large model are on their way, where there was no model before. */
  opening: OpeningModel | null = null;
  failure: NibbleError | null = null;
  assessment: Assessment | null = null;
  result: QuantizeResult | null = null;
  /** What is wrong with the model, by its layers' names; empty until somebody has looked. */
  private findings: ReadonlyMap<string | null, readonly Finding[]> = new Map();
  job: JobState | null = null;
  /** Grows whenever the layers are others. */
  modelRevision = 0;

  constructor(
    private readonly client: EngineClient,
    /** Path of the file that the engine reads. */
    readonly path: string,
    private readonly log: EngineLog,
    private counting: Counting = STRICT_COUNTING,
  ) {
    this.stops = [
      client.onDidAssess((event) => {
        // Events of the last answer still count while the next one is awaited: that one leaves out what they said.
        if (this.remote?.owns(event) && event.revision === this.assessment?.revision) this.merge(event);
      }),
      client.onDidRestart(() => {
        if (this.failure?.reason === 'engine-stopped') void this.load();
        else this.reassess();
      }),
      client.onProgress(({ job, progress, etaMilliseconds }) => {
        if (this.job?.id === job) this.setJob({ ...this.job, progress, etaMilliseconds });
      }),
    ];
  }

  get plan(): Plan {
    return this.currentPlan;
  }

  /** Reads the file, or reads it anew. Never rejects: `failure` says what went wrong. */
  load(): Promise<void> {
    this.loading = this.loadNow();
    return this.loading;
  }

  /** Resolves when the load that is under way, if any, has ended. */
  whenLoaded(): Promise<void> {
    return this.loading;
  }

  /** The plan that all figures are about. Reads the model again when it sets other dimensions. */
  setPlan(plan: Plan): void {
    const before = JSON.stringify(this.currentPlan.dimensions ?? {});
    this.currentPlan = plan;
    if (this.loads > 0 && JSON.stringify(plan.dimensions ?? {}) !== before) void this.load();
    else this.reassess();
  }

  /** How FLOPs are counted. Reads the model again when that is another way. */
  setCounting(counting: Counting): void {
    const changed = JSON.stringify(counting) !== JSON.stringify(this.counting);
    this.counting = counting;
    if (changed && this.loads > 0) void this.load();
  }

  /** Layers that one viewer shows, so that their errors are computed first; an empty list when it shows none. */
  setVisible(viewer: object, layers: readonly number[]): void {
    if (layers.length === 0) this.visible.delete(viewer);
    else this.visible.set(viewer, layers);
    clearTimeout(this.visibleTimer);
    this.visibleTimer = setTimeout(() => {
      if (this.assessment && this.assessment.totals.pending > 0) this.reassess();
    }, VISIBLE_SETTLES_MS);
  }

  formats(layer: number): Promise<readonly FormatOption[]> {
    const cached = this.formatCache.get(layer);
    if (cached) return cached;
    const asked = this.requireRemote().formats(layer, this.currentPlan);
    this.formatCache.set(layer, asked);
    // A failure, or figures that were not there yet, must be asked for again the next time.
    asked.then(
      (options) => { if (options.some((option) => option.refusal === '' && option.scheme.kind !== 'float' && option.maxError === null)) this.formatCache.delete(layer); },
      () => this.formatCache.delete(layer),
    );
    return asked;
  }

  /** Every format that several layers could have, with what it comes to for all of them. */
  groupFormats(layers: readonly number[], token?: CancellationToken): Promise<readonly GroupFormat[]> {
    return this.requireRemote().groupFormats(layers, this.currentPlan, token);
  }

  detail(layer: number, weight: number, scheme: WeightScheme, token?: CancellationToken): Promise<LayerDetail> {
    return this.requireRemote().detail(layer, weight, scheme, token);
  }

  /** How activations fill the memory over time. */
  memory(token?: CancellationToken): Promise<MemoryProfile> {
    return this.requireRemote().memory(token);
  }

  /** A report with the figures that are on show now. */
  report(format: ReportFormat, token?: CancellationToken): Promise<string> {
    const { assessment, result } = this;
    return this.requireRemote().report(format, { assessment, result }, token);
  }

  /** Where a layer's figure comes from; null: the model's. */
  explain(layer: number | null, figure: Figure, token?: CancellationToken): Promise<Explanation> {
    return this.requireRemote().explain(layer, figure, token);
  }

  /** Writes the quantized model. Rejects with the job's error; the session and its plan are as before then. */
  async quantize(title: string, request: QuantizeRequest, token?: CancellationToken): Promise<QuantizeResult> {
    return this.runJob(title, (job) => this.client.request(api.quantize, { job, path: this.path, plan: this.currentPlan, ...request }, token ? { token } : {}));
  }

  /** Runs the model and what `result` wrote of it side by side; the new result also says how far the outputs moved. */
  async evaluate(title: string, result: QuantizeResult, samples: string | null, token?: CancellationToken): Promise<QuantizeResult> {
    const dimensions = this.currentPlan.dimensions ?? {};
    return this.runJob(title, async (job) => {
      const evaluation = await this.client.request(api.evaluate, { job, path: result.output, against: this.path, samples, dimensions }, token ? { token } : {});
      return { ...result, ...evaluation, notes: [...new Set([...result.notes, ...evaluation.notes])] };
    });
  }

  /** So many layers from `start` on; those that are still on their way are waited for. */
  async rows(start: number, count: number): Promise<readonly Layer[]> {
    if (this.opening !== null && start + count > this.opening.layers.length) await this.loading;
    return (this.loaded ?? this.opening)?.layers.slice(start, start + count) ?? [];
  }

  layer(index: number): Layer | undefined {
    return (this.loaded ?? this.opening)?.layers[index];
  }

  /** Looks for what is wrong with a model that is quantized already. */
  async audit(job: string, token?: CancellationToken): Promise<AuditReport> {
    const load = this.loads;
    const report = await this.client.request(api.audit, { job, path: this.path, against: null }, { repeat: true, ...(token && { token }) });
    // A report about the file as it was is of no use for the one that has been read since.
    if (load === this.loads && !this.disposed) {
      this.findings = groupsBy(report.findings, ({ node }) => node);
      this.audited.fire(report);
    }
    return report;
  }

  /** What is wrong with a layer, worst first. */
  get hasFindings(): boolean {
    return this.findings.size > 0;
  }

  findingsOf({ name }: Layer): readonly Finding[] {
    return this.findings.get(name) ?? [];
  }

  layerByName(name: string): Layer | undefined {
    return this.byName().get(name);
  }

  assessmentOf(layer: number): LayerAssessment | undefined {
    return this.assessment?.layers[layer];
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.visibleTimer);
    for (const stop of this.stops) stop();
    this.remote?.close();
    for (const emitter of [this.modelChanged, this.assessed, this.jobChanged, this.finished, this.audited]) emitter.dispose();
  }

  private names: { readonly of: LoadedModel; readonly map: ReadonlyMap<string, Layer> } | null = null;

  private byName(): ReadonlyMap<string, Layer> {
    if (!this.loaded) return new Map();
    if (this.names?.of !== this.loaded) this.names = { of: this.loaded, map: new Map(this.loaded.layers.map((layer) => [layer.name, layer])) };
    return this.names.map;
  }

  private async loadNow(): Promise<void> {
    const load = ++this.loads;
    const remote = new RemoteModel(this.client, this.path, this.currentPlan.dimensions ?? {}, this.counting);
    const isStale = (): boolean => load !== this.loads || this.disposed;
    let showsFirst = false;
    try {
      const { model: info, totals, layerCount, layers: first } = await remote.open();
      if (isStale()) {
        this.discard(remote);
        return;
      }
      showsFirst = this.loaded === null && first.length < layerCount;
      if (showsFirst) this.showFirst(remote, { info, totals, layerCount, layers: first });
      const [layers, blocks] = await Promise.all([remote.layers(), remote.blocks()]);
      if (isStale()) {
        this.discard(remote);
        return;
      }
      this.replaceRemote(remote);
      this.loaded = { info, totals, layers, blocks };
      this.failure = null;
    } catch (error) {
      this.discard(remote);
      if (isStale()) return;
      this.replaceRemote(null);
      this.loaded = null;
      showsFirst = false;
      this.failure = fromResponseError(error);
      this.log.error(`${this.path}: ${describe(error)}`);
    }
    this.assessment = null;
    this.findings = new Map();
    this.formatCache.clear();
    this.opening = null;
    // Whoever has the first rows of these layers only wants the others.
    if (!showsFirst) this.modelRevision += 1;
    this.modelChanged.fire();
    this.reassess();
    if (this.loaded && isWorthAuditing(this.loaded)) this.audit(`audit ${this.path}#${load}`).catch((error: unknown) => { this.log.info(`${this.path}: ${describe(error)}`); });
  }

  /** Shows the rows that are here. What is asked about them, the engine can answer already. */
  private showFirst(remote: RemoteModel, opening: OpeningModel): void {
    this.replaceRemote(remote);
    this.opening = opening;
    this.failure = null;
    this.modelRevision += 1;
    this.modelChanged.fire();
  }

  /** Closes a model that is not wanted any more; the one in use is closed when another takes its place. */
  private discard(remote: RemoteModel): void {
    if (this.remote !== remote) remote.close();
  }

  private replaceRemote(remote: RemoteModel | null): void {
    if (this.remote !== remote) this.remote?.close();
    this.remote = remote;
  }

  private reassess(): void {
    this.formatCache.clear();
    if (!this.remote || this.disposed) return;
    const revision = ++this.revision;
    const remote = this.remote;
    const visible = [...new Set([...this.visible.values()].flat())];
    remote.assess(this.currentPlan, revision, visible, this.assessment?.revision ?? null).then(
      (assessment) => {
        if (revision === this.revision && remote === this.remote) this.merge(assessment);
      },
      (error: unknown) => {
        if (revision !== this.revision || remote !== this.remote || this.disposed) return;
        this.log.error(`Assessing ${this.path}: ${describe(error)}`);
        // The file under the model is another now: read it again, which also says so if it cannot be read.
        if (NibbleError.is(error, 'changed') || NibbleError.is(error, 'not-found')) void this.load();
      },
    );
  }

  /** Takes over what differs from the figures known so far, and passes only that on. */
  private merge(event: AssessmentChange): void {
    if (!this.loaded) return;
    const layers = [...(this.assessment?.layers ?? [])];
    const changed = event.layers.filter((layer) => !sameAssessment(layers[layer.layer], layer));
    for (const layer of changed) layers[layer.layer] = layer;
    // The format lists hold the same figures.
    for (const { layer } of changed) this.formatCache.delete(layer);
    // The engine also reports formats that nobody has chosen as soon as it has measured them.
    if (changed.length === 0 && event.revision === this.assessment?.revision && sameTotals(event.totals, this.assessment.totals)) return;
    this.assessment = { revision: event.revision, layers, totals: event.totals };
    this.assessed.fire({ revision: event.revision, layers: changed, totals: event.totals });
  }

  /** Runs the one job that a model may have at a time; what comes out of it is the model's result from then on. */
  private async runJob(title: string, run: (id: string) => Promise<QuantizeResult>): Promise<QuantizeResult> {
    if (this.job) throw new NibbleError('invalid-argument', 'This model is being worked on already. Wait until that has finished, or cancel it.', { file: this.path });
    const id = `${this.path}#${Date.now()}`;
    this.setJob({ id, title, progress: { step: 'Starting', done: 0, total: 0, unit: 'bytes' }, etaMilliseconds: null });
    try {
      const result = await run(id);
      this.result = result;
      this.finished.fire(result);
      return result;
    } finally {
      this.setJob(null);
    }
  }

  private setJob(job: JobState | null): void {
    this.job = job;
    if (!this.disposed) this.jobChanged.fire(job);
  }

  private requireRemote(): RemoteModel {
    if (this.remote) return this.remote;
    throw this.failure ?? new NibbleError('engine-stopped', 'The model is still being opened. Try again in a moment.', { file: this.path });
  }
}

/** Quantized already, and read in a moment. */
function isWorthAuditing({ info, layers }: LoadedModel): boolean {
  return info.fileBytes + info.externalBytes <= MAX_QUIETLY_AUDITED_BYTES && layers.some(({ logical }) => logical !== undefined && logical.weights !== null);
}

function sameTotals(a: AssessmentTotals, b: AssessmentTotals): boolean {
  return a.pending === b.pending && a.bytesBefore === b.bytesBefore && a.bytesAfter === b.bytesAfter && a.sqnrDb === b.sqnrDb && a.averageBits === b.averageBits;
}

/** For the log: the message with the technical causes below it. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = NibbleError.is(error) ? `${error.message} [${error.reason}]` : (error.stack ?? error.message);
  return error.cause === undefined ? own : `${own}\n  caused by: ${describe(error.cause)}`;
}
