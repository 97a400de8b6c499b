import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as real from 'vscode';
import { ActiveModel } from '../../../src/extension/activeModel';
import { EditorProvider } from '../../../src/extension/editorProvider';
import { ModelSessions } from '../../../src/extension/modelSessions';
import { OpenDocuments } from '../../../src/extension/openDocuments';
import type { ModelDocument } from '../../../src/extension/modelDocument';
import { PlanEditing } from '../../../src/extension/planEditing';
import { SampleChoice } from '../../../src/extension/sampleChoice';
import type { Services } from '../../../src/extension/services';
import type { Layer } from '../../../src/graph/layer';
import { analysisOf, fakeLayer } from '../../engine/support/fakeAnalysis';
import { PretendEngine } from './pretendEngine';
import { Uri, ui } from './vscode';

/** Four layers in two scopes, one of them without weights. */
export const LAYERS: readonly Layer[] = [
  fakeLayer(0, '/stem/conv/Conv'),
  fakeLayer(1, '/stem/Relu', { op: 'Relu', weights: [], parameters: 0, weightBytes: 0, macs: 0 }),
  fakeLayer(2, '/head/fc1/Gemm', { op: 'Gemm' }),
  fakeLayer(3, '/head/fc2/Gemm', { op: 'Gemm' }),
];

/** A window with one workspace folder and a model in it. */
export class Scene {
  readonly folder = mkdtempSync(join(tmpdir(), 'nibble-scene-'));
  readonly engine: PretendEngine;
  readonly services: Services;
  readonly active = new ActiveModel();
  readonly editing = new PlanEditing();
  readonly documents = new OpenDocuments();
  readonly provider: EditorProvider;
  readonly samples: SampleChoice;
  readonly logged: string[] = [];

  constructor(layers: readonly Layer[] = LAYERS) {
    ui.reset();
    this.engine = new PretendEngine(analysisOf('net.onnx', layers));
    writeFileSync(this.path('net.onnx'), 'model bytes');
    const log = { info: () => undefined, warn: () => undefined, error: (text: string) => void this.logged.push(text), debug: () => undefined, show: () => undefined };
    const memory = new Map<string, unknown>();
    const memento = { get: (key: string) => memory.get(key), update: (key: string, value: unknown) => Promise.resolve(void memory.set(key, value)), keys: () => [...memory.keys()] };
    const context = { subscriptions: [], globalStorageUri: this.uri('storage'), extensionUri: this.uri('extension'), workspaceState: memento };
    const sessions = new ModelSessions(this.engine.client, log);
    this.services = { context, log, engine: this.engine.client, sessions } as unknown as Services;
    this.samples = new SampleChoice(memento);
    this.provider = new EditorProvider(this.documents, { services: this.services, active: this.active, editing: this.editing, samples: this.samples });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  uri(name: string): real.Uri {
    return Uri.file(this.path(name)) as unknown as real.Uri;
  }

  /** Opens a document as VS Code does, and waits until its model has been read. */
  async open(name = 'net.onnx', backupId?: string): Promise<ModelDocument> {
    const document = await this.provider.openCustomDocument(this.uri(name), { backupId, untitledDocumentData: undefined });
    await document.session.whenLoaded();
    // The first assessment follows in its own answer.
    await new Promise((resolve) => setTimeout(resolve, 0));
    return document;
  }
}
