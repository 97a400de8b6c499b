import { commands, env, l10n } from 'vscode';
import type { WebviewPanel } from 'vscode';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import type { MessageConnection, NotificationType } from 'vscode-jsonrpc/node';
import { NibbleError } from '../errors';
import { toResponseError } from '../engine/wireErrors';
import { queryHelp } from '../format/queryHelp';
import { operatorTotals } from '../graph/operatorTotals';
import { explanationHover } from '../format/explanation';
import type { ActiveModel } from './activeModel';
import * as api from './editorApi';
import { guardActivations, guardDetail, guardDimension, guardEdit, guardExplain, guardFloatActivations, guardHover, guardLayer, guardLayers, guardRows, guardText } from './editorGuards';
import { pageHtml, pageRoots } from './editorHtml';
import { editorState, planState } from './editorState';
import { layerHover, layersHover, scopeHover } from './layerHover';
import { ACTION } from './modelDocument';
import type { ModelDocument } from './modelDocument';
import type { PlanEditing } from './planEditing';
import { baseName } from './planLocation';
import type { SampleChoice } from './sampleChoice';
import type { Services } from './services';
import { rpcLog } from './rpcLog';
import { WebviewReader, WebviewWriter } from './webviewTransport';

/** What a panel uses of the rest of the window. */
export interface PanelParts {
  readonly services: Services;
  readonly active: ActiveModel;
  readonly editing: PlanEditing;
  readonly samples: SampleChoice;
}

/** Commands behind the page's buttons; each gets the document's URI. */
const BUTTONS: Readonly<Record<string, string>> = {
  quantize: 'nibble.quantizeModel',
  runModels: 'nibble.runModels',
  cancel: 'nibble.cancelJob',
  [ACTION.openPlan]: 'nibble.openPlan',
  [ACTION.showProblems]: 'workbench.actions.view.problems',
  chooseSamples: 'nibble.chooseSamples',
  chooseActivations: 'nibble.quantizeActivations',
  chooseCounting: 'nibble.chooseCounting',
  revealOutput: 'nibble.revealOutput',
  retry: 'nibble.reloadModel',
};

/** One editor on a document: the page, and what it says and is told. */
export class EditorPanel {
  private readonly connection: MessageConnection;
  private readonly subscriptions: { dispose(): unknown }[];
  private saidPlan = '';

  constructor(
    readonly document: ModelDocument,
    readonly panel: WebviewPanel,
    private readonly parts: PanelParts,
  ) {
    const { webview } = panel;
    const { extensionUri } = parts.services.context;
    webview.options = { enableScripts: true, localResourceRoots: pageRoots(extensionUri) };
    this.connection = createMessageConnection(new WebviewReader(webview), new WebviewWriter(webview), rpcLog(parts.services.log));
    this.answer();
    const { session } = document;
    this.subscriptions = [
      session.onDidChangeModel(() => { this.pushState(); }),
      session.onDidAudit(() => { this.pushState(); }),
      session.onDidAssess((change) => { this.notify(api.didAssess, change); }),
      session.onDidChangeJob((job) => { this.notify(api.didProgress, job); }),
      session.onDidFinish((result) => { this.notify(api.didFinish, result); }),
      document.onDidChangeNotices(() => { this.pushState(); }),
      document.onDidChangeText(() => { this.pushPlan(); }),
      parts.samples.onDidChange(() => { this.pushPlan(); }),
      panel.onDidChangeViewState(() => { this.viewStateChanged(); }),
    ];
    panel.onDidDispose(() => { this.dispose(); });
    this.connection.listen();
    // Set once: another assignment would load the page anew.
    webview.html = pageHtml(webview, extensionUri, { page: 'editor', title: baseName(document.modelUri), language: env.language });
    this.viewStateChanged();
  }

  reveal(layer: number): void {
    this.panel.reveal(undefined, false);
    this.notify(api.reveal, { layer });
  }

  private answer(): void {
    const { document, connection, parts } = this;
    const { session } = document;
    connection.onRequest(api.ready, () => this.state());
    connection.onRequest(api.rows, (value) =>
      guarded(() => {
        const { start, count } = guardRows(value);
        return session.rows(start, count);
      }),
    );
    connection.onRequest(api.formats, (value) => guarded(() => session.formats(guardLayer(value))));
    connection.onRequest(api.detail, (value, token) =>
      guarded(() => {
        const { layer, weight, scheme } = guardDetail(value);
        return session.detail(layer, weight, scheme, token);
      }),
    );
    connection.onRequest(api.hover, (value) =>
      guarded(() => {
        const subject = guardHover(value);
        if ('scope' in subject) return scopeHover(session, subject.scope);
        return 'layers' in subject ? layersHover(session, subject.title, subject.layers) : layerHover(session, subject.layer);
      }),
    );
    connection.onRequest(api.operators, () => operatorTotals(session.loaded?.layers ?? []));
    connection.onRequest(api.filterHelp, () => queryHelp(l10n.t));
    connection.onRequest(api.explain, (value, token) =>
      guarded(async () => {
        const { layer, figure } = guardExplain(value);
        const explained = explanationHover(await session.explain(layer, figure, token), l10n.t);
        return layer === null ? { ...explained, title: baseName(document.modelUri) } : explained;
      }),
    );
    connection.onRequest(api.memory, (token) => guarded(() => session.memory(token)));
    connection.onRequest(api.edit, (value) =>
      guarded(() => {
        const { target, scheme } = guardEdit(value);
        parts.editing.setScheme(document, target, scheme);
      }),
    );
    connection.onRequest(api.setActivations, (value) =>
      guarded(() => {
        const format = guardActivations(value);
        parts.editing.setActivations(document, format, format === 'float' ? undefined : parts.samples.unnamed(document));
      }),
    );
    connection.onRequest(api.setFloatActivations, (value) =>
      guarded(() => {
        const { target, float } = guardFloatActivations(value);
        parts.editing.setFloatActivations(document, target, float);
      }),
    );
    connection.onRequest(api.setDimension, (value) =>
      guarded(() => {
        const { name, value: size } = guardDimension(value);
        parts.editing.setDimension(document, name, size);
      }),
    );
    connection.onRequest(api.setTarget, (value) => guarded(() => { parts.editing.setTarget(document, guardText(value, 'target')); }));
    connection.onRequest(api.act, (value) => guarded(() => this.act(guardText(value, 'key'))));
    connection.onNotification(api.showing, (value) => { this.heard(() => { session.setVisible(this, guardLayers(value)); }); });
    connection.onNotification(api.select, (value) => { this.heard(() => { parts.active.select(document, guardLayers(value)); }); });
  }

  private async act(key: string): Promise<void> {
    if (key === ACTION.reloadPlan) await this.document.reloadPlan();
    else if (key.startsWith(ACTION.dismiss)) this.document.clearNotice(key.slice(ACTION.dismiss.length));
    else {
      const command = BUTTONS[key];
      if (command === undefined) throw new NibbleError('invalid-argument', `The editor page asked for an unknown action, "${key}".`);
      // The command tells the person itself what went wrong; the page has nothing to wait for.
      void commands.executeCommand(command, this.document.uri);
    }
  }

  private state(): api.EditorState {
    const { document, parts } = this;
    return editorState(document, this.planState(), parts.editing.targets);
  }

  private planState(): api.PlanState {
    const { document, parts } = this;
    return planState(document, parts.samples);
  }

  private pushPlan(): void {
    const state = this.planState();
    const said = JSON.stringify(state);
    if (said === this.saidPlan) return;
    this.saidPlan = said;
    this.notify(api.didChangePlan, state);
  }

  private pushState(): void {
    this.notify(api.didChangeState, this.state());
  }

  private notify<P>(type: NotificationType<P>, params: P): void {
    // A page that is hidden or still loading does not hear this; it asks for the whole state when it is ready.
    if (this.panel.visible) this.connection.sendNotification(type.method, params).catch(() => undefined);
  }

  private viewStateChanged(): void {
    if (!this.panel.visible) this.document.session.setVisible(this, []);
    if (this.panel.active) this.parts.active.activate(this.document, this);
  }

  /** Runs the handler of a notification, which has nobody to send an error to. */
  private heard(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.parts.services.log.warn(String(error));
    }
  }

  private dispose(): void {
    this.document.session.setVisible(this, []);
    this.parts.active.closed(this);
    for (const subscription of this.subscriptions) subscription.dispose();
    this.connection.dispose();
  }
}

async function guarded<T>(handler: () => T | Promise<T>): Promise<T> {
  try {
    return await handler();
  } catch (error) {
    throw toResponseError(error);
  }
}
