import type { CancellationToken, RequestType } from 'vscode-jsonrpc';
import { NibbleError } from '../errors';
import { STRICT_COUNTING } from '../graph/counting';
import type { Counting } from '../graph/counting';
import type { Explanation, Figure } from '../graph/explanation';
import type { Layer, RepeatedBlock } from '../graph/layer';
import type { MemoryProfile } from '../graph/memory/memoryProfile';
import type { Assessment, FormatOption, GroupFormat, LayerDetail } from '../jobs/records';
import type { ReportedQuantization, ReportFormat } from '../jobs/report/records';
import type { Plan } from '../plan/plan';
import type { WeightScheme } from '../quant/scheme';
import * as api from './api';
import type { AssessEvent, EngineClient } from './client';

/** One opened model in the engine, which outlives the process: after a restart it opens its file again by itself. */
export class RemoteModel {
  private opening: Promise<api.OpenResult> | null = null;
  private opened: api.OpenResult | null = null;
  private generation = 0;
  private closed = false;

  constructor(
    private readonly client: EngineClient,
    readonly path: string,
    private readonly dimensions: Readonly<Record<string, number>>,
    private readonly counting: Counting = STRICT_COUNTING,
  ) {}

  /** Facts, totals and the first page of layers. Rejects with the reason why the file cannot be opened. */
  async open(): Promise<api.OpenResult> {
    try {
      return await this.openNow();
    } catch (error) {
      if (!NibbleError.is(error, 'engine-stopped')) throw error;
      return await this.openNow();
    }
  }

  /** Every layer. All pages are asked for at once, so that the engine writes one while the one before is read here. */
  async layers(): Promise<readonly Layer[]> {
    const { layers, layerCount } = await this.open();
    const asked: Promise<readonly Layer[]>[] = [];
    for (let start = layers.length; start < layerCount; start += api.LAYERS_PER_PAGE) asked.push(this.call(api.layers, { start, count: api.LAYERS_PER_PAGE }));
    const all = [layers, ...(await Promise.all(asked))].flat();
    if (all.length !== layerCount) throw new NibbleError('internal', `The engine announced ${layerCount} layers of ${this.path} and sent ${all.length}.`, { file: this.path });
    return all;
  }

  blocks(): Promise<readonly RepeatedBlock[]> {
    return this.call(api.blocks, {});
  }

  /** See `AssessParams`. */
  assess(plan: Plan, revision: number, visible: readonly number[], since: number | null = null): Promise<Assessment> {
    return this.call(api.assess, { plan, revision, since, visible });
  }

  formats(layer: number, plan: Plan, token?: CancellationToken): Promise<readonly FormatOption[]> {
    return this.call(api.formats, { layer, plan }, token);
  }

  groupFormats(layers: readonly number[], plan: Plan, token?: CancellationToken): Promise<readonly GroupFormat[]> {
    return this.call(api.groupFormats, { layers, plan }, token);
  }

  detail(layer: number, weight: number, scheme: WeightScheme, token?: CancellationToken): Promise<LayerDetail> {
    return this.call(api.detail, { layer, weight, scheme }, token);
  }

  memory(token?: CancellationToken): Promise<MemoryProfile> {
    return this.call(api.memory, {}, token);
  }

  report(format: ReportFormat, quantization: ReportedQuantization, token?: CancellationToken): Promise<string> {
    return this.call(api.report, { format, ...quantization }, token);
  }

  explain(layer: number | null, figure: Figure, token?: CancellationToken): Promise<Explanation> {
    return this.call(api.explain, { layer, figure }, token);
  }

  /** Whether this event of the client is about this model. */
  owns(event: AssessEvent): boolean {
    return this.opened?.id === event.id && this.generation === this.client.generation;
  }

  close(): void {
    this.closed = true;
    const opened = this.opened;
    if (!opened || this.generation !== this.client.generation || this.client.pid === null) return;
    // The engine drops a closed connection's models anyway: nothing is lost when this does not arrive.
    this.client.request(api.close, { id: opened.id }).catch(() => undefined);
  }

  private openNow(): Promise<api.OpenResult> {
    if (this.closed) return Promise.reject(new NibbleError('cancelled', 'The model has been closed.', { file: this.path }));
    if (this.opened && this.generation === this.client.generation && this.client.pid !== null) return Promise.resolve(this.opened);
    this.opening ??= this.client
      .request(api.open, { path: this.path, dimensions: this.dimensions, counting: this.counting })
      .then((opened) => {
        this.opened = opened;
        this.generation = this.client.generation;
        if (this.closed) this.close();
        return opened;
      })
      .finally(() => {
        this.opening = null;
      });
    return this.opening;
  }

  /** Sends a request about this model; when the engine stops meanwhile, opens the file again and repeats it once. */
  private async call<P extends { readonly id: api.ModelId }, R>(type: RequestType<P, R, api.ErrorData>, params: Omit<P, 'id'>, token?: CancellationToken): Promise<R> {
    const send = async (): Promise<R> => {
      const { id } = await this.openNow();
      return this.client.request(type, { ...params, id } as P, token ? { token } : {});
    };
    try {
      return await send();
    } catch (error) {
      if (!NibbleError.is(error, 'engine-stopped')) throw error;
      return await send();
    }
  }
}
