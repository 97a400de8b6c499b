import { env, ViewColumn, window } from 'vscode';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import type { ModelComparison } from '../jobs/records';
import * as api from './comparisonApi';
import { comparisonState } from './comparisonState';
import { pageHtml, pageRoots } from './editorHtml';
import { rpcLog } from './rpcLog';
import type { Services } from './services';
import { WebviewReader, WebviewWriter } from './webviewTransport';

const COMPARISON_VIEW_TYPE = 'nibble.comparison';

/** Shows a comparison in a tab of its own. It is not restored after a restart: the files may be others then. */
export function showComparison(comparison: ModelComparison, { context, log }: Services): void {
  const state = comparisonState(comparison);
  const panel = window.createWebviewPanel(COMPARISON_VIEW_TYPE, state.title, ViewColumn.Active, { enableScripts: true, localResourceRoots: pageRoots(context.extensionUri) });
  const connection = createMessageConnection(new WebviewReader(panel.webview), new WebviewWriter(panel.webview), rpcLog(log));
  // A page that was hidden is made anew and asks again.
  connection.onRequest(api.ready, () => state);
  panel.onDidDispose(() => { connection.dispose(); });
  connection.listen();
  panel.webview.html = pageHtml(panel.webview, context.extensionUri, { page: 'comparison', title: state.title, language: env.language });
}
