import type { AuditReport } from '../../../src/audit/finding';
import type { EngineClient } from '../../../src/engine/client';
import type { CompareParams, EvaluateParams, OpenResult, QuantizeParams, OpenParams, LayersParams, ReportParams } from '../../../src/engine/api';
import { NibbleError } from '../../../src/errors';
import { STRICT_COUNTING } from '../../../src/graph/counting';
import type { Analysis, Layer, RepeatedBlock } from '../../../src/graph/layer';
import type { EvaluateResult } from '../../../src/jobs/evaluate/evaluateModels';
import type { Assessment, FormatOption, GroupFormat, LayerAssessment, ModelComparison, QuantizeResult } from '../../../src/jobs/records';
import type { Plan } from '../../../src/plan/plan';
import { resolvePlan } from '../../../src/plan/resolve';
import { schemeKey } from '../../../src/quant/scheme';
import type { IntegerScheme, WeightScheme } from '../../../src/quant/scheme';

export const INT8: IntegerScheme = { kind: 'integer', bits: 8, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' };
export const INT4: IntegerScheme = { ...INT8, bits: 4, granularity: { block: 32 } };

/** Six decibels a bit, as the rule of thumb has it. */
function figures(scheme: WeightScheme, bytesBefore: number): Pick<FormatOption, 'sqnrDb' | 'maxError' | 'bytes'> {
  if (scheme.kind === 'float') return { sqnrDb: Infinity, maxError: 0, bytes: bytesBefore };
  const bits = scheme.kind === 'float16' ? 16 : scheme.bits;
  return { sqnrDb: 6 * bits, maxError: 2 ** -bits, bytes: (bytesBefore * bits) / 32 };
}

function assessLayer(layer: Layer, scheme: WeightScheme): LayerAssessment {
  const bytesBefore = layer.weightBytes;
  if (layer.weights.length === 0) return { layer: layer.index, scheme: { kind: 'float' }, state: 'none', reason: '', sqnrDb: null, maxError: null, bytesBefore, bytesAfter: bytesBefore };
  const { sqnrDb, maxError, bytes } = figures(scheme, bytesBefore);
  const float = scheme.kind === 'float';
  return { layer: layer.index, scheme, state: float ? 'float' : 'computed', reason: '', sqnrDb: float ? null : sqnrDb, maxError: float ? null : maxError, bytesBefore, bytesAfter: bytes };
}

const COMPARED: ModelComparison['first'] = { file: 'net.onnx', bytes: 4000, layers: 4, parameters: 1000, weightBytes: 4000, macs: 1000, unresolved: 0, sha256: '0'.repeat(64) };

const OUTPUTS: QuantizeResult['outputs'] = [{ name: 'logits', sqnrDb: 38.25, maxError: 0.1, samples: 16, source: 'random', sameTop1: 1 }];

/** An engine without a process: plans are resolved for real, errors follow from the bits alone. */
export class PretendEngine {
  readonly generation = 1;
  readonly pid = 1;
  /** Every request in its order, as "method". */
  readonly asked: string[] = [];
  failure: NibbleError | null = null;
  quantized: QuantizeParams | null = null;
  audited: AuditReport = { file: 'net.onnx', findings: [], notes: [] };
  evaluated: EvaluateParams | null = null;
  /** Set: a quantization does not run the models, for this reason. */
  notRun = '';
  compared: CompareParams | null = null;
  blocks: readonly RepeatedBlock[] = [];
  /** Rows in the answer to `open`. */
  firstRows = Infinity;
  /** Set: a quantization, or the rows that are not the first, wait for this, and fail when it rejects. */
  gate: Promise<void> = Promise.resolve();
  private readonly restarted = new Set<() => void>();
  private readonly progressed = new Set<(event: unknown) => void>();

  constructor(public analysis: Analysis) {}

  get client(): EngineClient {
    return this as unknown as EngineClient;
  }

  restart(): void {
    for (const listener of this.restarted) listener();
  }

  progress(job: string, step: string, done: number, total: number, etaMilliseconds: number | null): void {
    for (const listener of this.progressed) listener({ job, progress: { step, done, total, unit: 'bytes' }, etaMilliseconds });
  }

  onDidAssess = (): (() => void) => () => undefined;
  onDidRestart = (listener: () => void): (() => void) => {
    this.restarted.add(listener);
    return () => this.restarted.delete(listener);
  };
  onProgress = (listener: (event: unknown) => void): (() => void) => {
    this.progressed.add(listener);
    return () => this.progressed.delete(listener);
  };

  async request(type: { readonly method: string }, params: unknown, options: { readonly token?: { readonly onCancellationRequested: (listener: () => void) => unknown } } = {}): Promise<unknown> {
    this.asked.push(type.method);
    await Promise.resolve();
    if (this.failure && type.method !== 'close') throw this.failure;
    switch (type.method) {
      case 'open':
        return this.open(params as OpenParams);
      case 'layers':
        await this.gate;
        return this.analysis.layers.slice((params as LayersParams).start);
      case 'blocks':
        return this.blocks;
      case 'assess':
        return this.assess(params as { plan: Plan; revision: number });
      case 'formats':
        return this.formats(params as { layer: number; plan: Plan });
      case 'groupFormats':
        return this.groupFormats(params as { layers: readonly number[]; plan: Plan });
      case 'report':
        return `a report in ${(params as ReportParams).format}`;
      case 'summarize':
        return { fileBytes: 46_810_000, weightBytes: 46_800_000, parameters: 11_700_000, macs: 1.81e9, unresolved: 0 };
      case 'audit':
        return this.audited;
      case 'repair':
        return { output: (params as { output: string }).output, repaired: this.audited.findings.filter(({ fix }) => fix !== null), left: this.audited.findings.filter(({ fix }) => fix === null) };
      case 'compare':
        this.compared = params as CompareParams;
        return { first: COMPARED, second: { ...COMPARED, file: 'small.onnx' }, layers: [], difference: null, plan: null, notes: [] } satisfies ModelComparison;
      case 'evaluate':
        this.evaluated = params as EvaluateParams;
        return { outputs: OUTPUTS, accuracy: null, notRun: '', notes: ['ran late'] } satisfies EvaluateResult;
      case 'quantize':
        return await this.quantize(params as QuantizeParams, options.token);
      default:
        return null;
    }
  }

  private open({ dimensions, counting = STRICT_COUNTING }: OpenParams): OpenResult {
    const { model, layers } = this.analysis;
    const totals = { ...this.analysis.totals, counting };
    const set = Object.fromEntries(Object.keys(model.dimensions).map((name) => [name, dimensions[name] ?? null]));
    return { id: 1, model: { ...model, dimensions: set }, totals, layerCount: layers.length, layers: layers.slice(0, this.firstRows) };
  }

  private assess({ plan, revision }: { plan: Plan; revision: number }): Assessment {
    const { schemes } = resolvePlan(plan, this.analysis.layers);
    const layers = this.analysis.layers.map((layer, index) => assessLayer(layer, schemes[index]!));
    const sum = (key: 'bytesBefore' | 'bytesAfter'): number => layers.reduce((total, layer) => total + layer[key], 0);
    return { revision, layers, totals: { bytesBefore: sum('bytesBefore'), bytesAfter: sum('bytesAfter'), sqnrDb: 40, averageBits: 8, pending: 0 } };
  }

  private formats({ layer, plan }: { layer: number; plan: Plan }): readonly FormatOption[] {
    const { schemes } = resolvePlan(plan, this.analysis.layers);
    const schemesOffered: readonly WeightScheme[] = [INT8, INT4, { kind: 'float16' }, { ...INT8, bits: 2 }, { kind: 'float' }];
    return schemesOffered.map((scheme) => ({
      scheme,
      chosen: schemeKey(scheme) === schemeKey(schemes[layer]!),
      ...figures(scheme, this.analysis.layers[layer]!.weightBytes),
      kernel: scheme.kind === 'float' ? 'as now' : 'float Conv',
      refusal: scheme.kind === 'integer' && scheme.bits === 2 ? 'onnxruntime 1.30 does not load int2.' : '',
    }));
  }

  private groupFormats({ layers, plan }: { layers: readonly number[]; plan: Plan }): readonly GroupFormat[] {
    const [first = [], ...others] = layers.map((layer) => this.formats({ layer, plan }));
    return first.map(({ scheme, chosen, sqnrDb, bytes, kernel, refusal }, index) => ({
      scheme,
      chosen: chosen && others.every((list) => list[index]!.chosen),
      layers: refusal === '' ? layers.length : 0,
      measured: refusal === '' ? layers.length : 0,
      lowestSqnrDb: sqnrDb,
      bytes: others.reduce((sum, list) => sum + list[index]!.bytes, bytes),
      kernels: [kernel],
      refused: refusal === '' ? null : { layers: layers.length, first: this.analysis.layers[layers[0]!]!.name, reason: refusal },
    }));
  }

  private async quantize(params: QuantizeParams, token: { readonly onCancellationRequested: (listener: () => void) => unknown } | undefined): Promise<QuantizeResult> {
    this.quantized = params;
    const cancelled = new Promise<never>((_, reject) => token?.onCancellationRequested(() => { reject(new NibbleError('cancelled', 'Cancelled.')); }));
    await Promise.race([this.gate, cancelled]);
    return {
      output: params.output,
      externalData: null,
      bytes: { before: 4000, after: 1000 },
      weightBytes: { before: 4000, after: 1000 },
      activations: null,
      layers: this.notRun === '' ? [] : [{ name: '/stem/conv/Conv', op: 'Conv', weights: [{ tensor: 'w', stored: 'float', format: 'int8', symmetric: true, granularity: 'channel', sqnrDb: 48, maxError: 0.01, bytes: { before: 4000, after: 1000 }, skipped: '' }] }],
      outputs: this.notRun === '' ? OUTPUTS : [],
      notRun: this.notRun,
      accuracy: null,
      notes: [],
      milliseconds: 5,
    };
  }
}
