import { AbstractMessageReader, AbstractMessageWriter, createMessageConnection, ErrorCodes, ResponseError } from 'vscode-jsonrpc/browser';
import type { DataCallback, Disposable, Message, MessageReader, MessageWriter } from 'vscode-jsonrpc/browser';
import * as comparisonApi from '../../../src/extension/comparisonApi';
import type { ComparisonState } from '../../../src/extension/comparisonApi';
import * as api from '../../../src/extension/editorApi';
import type { EditParams, EditorState, HoverSubject, HoverText, JobState } from '../../../src/extension/editorApi';
import { queryHelp } from '../../../src/format/queryHelp';
import { operatorTotals } from '../../../src/graph/operatorTotals';
import type { Layer, ModelInfo } from '../../../src/graph/layer';
import type { LayerAssessment } from '../../../src/jobs/records';
import type { WeightScheme } from '../../../src/quant/scheme';
import { fakeActivations, fakeAssessment, fakeAssessmentTotals, fakeDetail, fakeInfo, fakeLayers, fakeMemory, fakeOptions, fakeResult, fakeTotals, INT8 } from './fakeModel';
import type { FakeModelKind } from './fakeModel';

/** What a test sees and does of the host side of the page. */
export interface FakeHost {
  readonly info: ModelInfo;
  readonly edits: EditParams[];
  readonly acts: string[];
  readonly targets: string[];
  /** Formats chosen for activations. */
  readonly activations: string[];
  readonly dimensions: { readonly name: string; readonly value: number | null }[];
  selected: readonly number[];
  showing: readonly number[];
  /** Requests whose answer is an error, by method. */
  readonly failing: Set<string>;
  storedState: unknown;
  push(change: Partial<EditorState>): void;
  progress(job: JobState | null): void;
  /** Ends a quantization; `activations`: of activations, too, and badly. */
  finish(activations?: boolean): void;
  reveal(layer: number): void;
  /** Sets a scheme as another view of the same document would. */
  setScheme(layers: readonly number[], scheme: WeightScheme): void;
  /** Marks layers as being computed, or as done. */
  setPending(pending: boolean): void;
  skip(layer: number, reason: string): void;
}

interface HarnessOptions {
  readonly model: FakeModelKind;
  readonly state: unknown;
  readonly change: Partial<EditorState>;
  readonly comparison?: ComparisonState;
}

declare global {
  interface Window {
    fakeHost: FakeHost;
    harness: HarnessOptions;
    acquireVsCodeApi: () => unknown;
  }
}

/** Takes what the page posts; answers go back through `window.postMessage`, as VS Code sends them. */
class PageReader extends AbstractMessageReader implements MessageReader {
  private callback: DataCallback = () => undefined;

  listen(callback: DataCallback): Disposable {
    this.callback = callback;
    return { dispose: () => undefined };
  }

  take(message: Message): void {
    this.callback(message);
  }
}

class PageWriter extends AbstractMessageWriter implements MessageWriter {
  write(message: Message): Promise<void> {
    window.dispatchEvent(new MessageEvent('message', { data: structuredClone(message) }));
    return Promise.resolve();
  }

  end(): void {
    // Nothing is held open.
  }
}

function schemeOf(layer: Layer, rules: ReadonlyMap<number, WeightScheme>): WeightScheme {
  return rules.get(layer.index) ?? INT8;
}

function start({ model, state, change, comparison }: HarnessOptions): FakeHost {
  const layers = fakeLayers(model);
  const rules = new Map<number, WeightScheme>();
  const skipped = new Map<number, string>();
  let revision = 1;
  let pending = false;
  const assess = (layer: Layer): LayerAssessment => {
    const reason = skipped.get(layer.index);
    const made = withActivations(fakeAssessment(layer, schemeOf(layer, rules), pending));
    return reason === undefined ? made : { ...made, state: 'skipped', reason, sqnrDb: null, maxError: null, bytesAfter: made.bytesBefore };
  };
  const float = new Set<number>();
  let activations = change.activations ?? null;
  const withActivations = (made: LayerAssessment): LayerAssessment => {
    if (activations === null || layers[made.layer]!.weights.length === 0) return made;
    const byPlan = float.has(made.layer);
    return { ...made, activations: { format: byPlan ? null : activations, byPlan, why: byPlan ? 'the plan leaves them float' : '', kernel: byPlan ? 'float Conv' : 'QLinearConv' } };
  };
  const all = (): LayerAssessment[] => layers.map(assess);
  const current = (): EditorState => {
    const assessments = all();
    return {
      strings: {}, fileName: 'resnet18.onnx', planName: 'resnet18.nibble.json', target: 'onnxruntime-cpu', targets: ['onnxruntime-cpu'], samples: null, activations: null, activationFormats: ['uint8', 'int8', 'uint16', 'int16'], modelRevision: 1,
      model: fakeInfo(model), failure: null, totals: fakeTotals(layers), counting: '2 × MACs + other operations', layerCount: layers.length, blocks: [], findings: [],
      assessment: { revision, layers: assessments, totals: fakeAssessmentTotals(layers, assessments) }, result: null, job: null, notices: [], ...change,
    };
  };

  const reader = new PageReader();
  const connection = createMessageConnection(reader, new PageWriter());
  const assessed = (changed: readonly Layer[]): void => {
    revision += 1;
    void connection.sendNotification(api.didAssess, { revision, layers: changed.map(assess), totals: fakeAssessmentTotals(layers, all()) });
  };
  const host: FakeHost = {
    info: fakeInfo(model), edits: [], acts: [], targets: [], activations: [], dimensions: [], selected: [], showing: [], failing: new Set(), storedState: state,
    push: (more) => void connection.sendNotification(api.didChangeState, { ...current(), ...more }),
    progress: (job) => void connection.sendNotification(api.didProgress, job),
    finish: (activations = false) => {
      const made = fakeResult(layers, all());
      const bad = { activations: fakeActivations(layers), accuracy: null, outputs: made.outputs.map((output) => ({ ...output, sqnrDb: 12.4, sameTop1: 0.81 })) };
      void connection.sendNotification(api.didFinish, activations ? { ...made, ...bad } : made);
    },
    reveal: (layer) => void connection.sendNotification(api.reveal, { layer }),
    setScheme: (changed, scheme) => {
      for (const layer of changed) rules.set(layer, scheme);
      assessed(changed.map((layer) => layers[layer]!));
    },
    setPending: (value) => {
      pending = value;
      assessed(layers);
    },
    skip: (layer, reason) => {
      skipped.set(layer, reason);
      assessed([layers[layer]!]);
    },
  };
  const answer = <T>(method: string, make: () => T): T => {
    if (host.failing.has(method)) throw new ResponseError(ErrorCodes.InternalError, `the fake host fails ${method}`);
    return make();
  };
  const layerAt = (index: number): Layer => layers[index]!;
  if (comparison) connection.onRequest(comparisonApi.ready, () => answer('comparison', () => comparison));
  connection.onRequest(api.ready, () => answer('ready', current));
  connection.onRequest(api.rows, ({ start: first, count }) => answer('rows', () => layers.slice(first, first + count)));
  connection.onRequest(api.formats, ({ layer }) => answer('formats', () => fakeOptions(layerAt(layer), schemeOf(layerAt(layer), rules))));
  connection.onRequest(api.detail, ({ layer, weight, scheme }) => answer('detail', () => fakeDetail(layerAt(layer), weight, scheme)));
  const hoverOf = (subject: HoverSubject): HoverText => {
    if ('layers' in subject) return { title: subject.title, lines: [['Layers', String(subject.layers.length)]], provenance: 'computed from the file' };
    if ('scope' in subject) return { title: `/${subject.scope.join('/')}`, lines: [['Layers', '5, of which 3 have weights']], provenance: 'computed from the file' };
    const layer = layerAt(subject.layer);
    return { title: layer.name, lines: [['Format', 'int8 · channel'], ['Weight error', `${(assess(layer).sqnrDb ?? 0).toFixed(1)} dB`], ['Bytes', '9.4 MB → 2.4 MB']], provenance: `computed over ${layer.parameters} weights` };
  };
  connection.onRequest(api.hover, (subject) => answer('hover', () => hoverOf(subject)));
  connection.onRequest(api.operators, () => answer('operators', () => operatorTotals(layers)));
  connection.onRequest(api.explain, ({ layer, figure }) => answer('explain', () => ({ title: layer === null ? 'resnet18.onnx' : layerAt(layer).name, lines: [[figure, '1,024'], ['products', '16 × 64 = 1,024']] as const, provenance: 'Computed from shapes.' })));
  connection.onRequest(api.memory, () => answer('memory', () => fakeMemory(layers)));
  connection.onRequest(api.filterHelp, () => answer('filterHelp', () => queryHelp()));
  connection.onRequest(api.edit, (params) => { answer('edit', () => {
    host.edits.push(params);
    const changed = layers.filter((layer) => {
      if (layer.weights.length === 0) return false;
      const { target } = params;
      return target.kind === 'model' || (target.kind === 'layers' ? target.layers.includes(layer.index) : target.scope.every((segment, depth) => layer.scope[depth] === segment));
    });
    for (const layer of changed) {
      if (params.scheme === null) rules.delete(layer.index);
      else rules.set(layer.index, params.scheme);
    }
    assessed(changed);
  }); });
  connection.onRequest(api.setActivations, ({ format }) => { answer('setActivations', () => {
    host.activations.push(format);
    activations = format === 'float' ? null : format;
    assessed(layers);
    void connection.sendNotification(api.didChangePlan, { target: 'onnxruntime-cpu', samples: null, activations: format === 'float' ? null : format, activationFormats: ['uint8', 'int8', 'uint16', 'int16'] });
  }); });
  connection.onRequest(api.setFloatActivations, ({ target, float: keep }) => { answer('setFloatActivations', () => {
    if (target.kind !== 'layers') throw new Error('the fake host knows layers only');
    for (const layer of target.layers) {
      if (keep) float.add(layer);
      else float.delete(layer);
    }
    assessed(target.layers.map(layerAt));
  }); });
  connection.onRequest(api.setDimension, (params) => { answer('setDimension', () => { host.dimensions.push(params); }); });
  connection.onRequest(api.setTarget, ({ target }) => { answer('setTarget', () => { host.targets.push(target); }); });
  connection.onRequest(api.act, ({ key }) => { answer('act', () => { host.acts.push(key); }); });
  connection.onNotification(api.showing, (params) => { host.showing = params.layers; });
  connection.onNotification(api.select, (params) => { host.selected = params.layers; });
  connection.listen();

  window.acquireVsCodeApi = () => ({
    postMessage: (message: Message) => {
      const copy = structuredClone(message);
      // The other side of a process boundary never answers within the call.
      setTimeout(() => {
        reader.take(copy);
      });
    },
    getState: () => host.storedState,
    setState: (next: unknown) => {
      host.storedState = structuredClone(next);
    },
  });
  return host;
}

window.fakeHost = start(window.harness);
