import { EventEmitter, workspace } from 'vscode';
import type { Uri } from 'vscode';
import { NibbleError } from '../errors';
import * as api from '../engine/api';
import type { FileSummary } from '../engine/api';
import { fromResponseError } from '../engine/wireErrors';
import { describe } from './modelSession';
import type { Services } from './services';

const PATTERN = '**/*.onnx';
const LEFT_OUT = '**/{node_modules,.git,.venv,venv}/**';

/** A list longer than this helps nobody; the tree says when it was cut. */
export const MAX_MODELS_LISTED = 2_000;

/** What is known of one file: asked for, there, or why not. */
export type SummaryState = { readonly kind: 'pending' } | { readonly kind: 'known'; readonly summary: FileSummary } | { readonly kind: 'failed'; readonly error: NibbleError };

/** Every model file of the workspace and, for those that somebody looks at, what it holds. Kept current by a file watcher. */
export class ModelFiles {
  private readonly changed = new EventEmitter<Uri | undefined>();
  private readonly summaries = new Map<string, SummaryState>();
  private readonly watcher = workspace.createFileSystemWatcher(PATTERN);
  private readonly subscriptions: readonly { dispose(): unknown }[];
  private found: Promise<readonly Uri[]> | null = null;

  /** One file's facts changed, or (undefined) the list itself. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly services: Services) {
    this.subscriptions = [
      this.watcher.onDidCreate((uri) => { this.forget(uri, true); }),
      this.watcher.onDidDelete((uri) => { this.forget(uri, true); }),
      this.watcher.onDidChange((uri) => { this.forget(uri, false); }),
      workspace.onDidChangeWorkspaceFolders(() => { this.listChanged(); }),
    ];
  }

  list(): Promise<readonly Uri[]> {
    this.found ??= Promise.resolve(workspace.findFiles(PATTERN, LEFT_OUT, MAX_MODELS_LISTED)).then((uris) => uris.toSorted((a, b) => a.path.localeCompare(b.path)));
    return this.found;
  }

  /** What is known now; asks the engine when nothing is, and `onDidChange` tells when it has answered. */
  summary(uri: Uri): SummaryState {
    const key = uri.toString();
    const known = this.summaries.get(key);
    if (known) return known;
    const pending: SummaryState = { kind: 'pending' };
    this.summaries.set(key, pending);
    void this.ask(uri, key, pending);
    return pending;
  }

  /** As `summary`, but waits for the answer. Never rejects. */
  async whenKnown(uri: Uri): Promise<SummaryState> {
    for (;;) {
      const state = this.summary(uri);
      if (state.kind !== 'pending') return state;
      await new Promise<void>((resolve) => {
        const listener = this.onDidChange(() => {
          listener.dispose();
          resolve();
        });
      });
    }
  }

  refresh(): void {
    this.summaries.clear();
    this.listChanged();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.watcher.dispose();
    this.changed.dispose();
  }

  private async ask(uri: Uri, key: string, pending: SummaryState): Promise<void> {
    let state: SummaryState;
    try {
      if (uri.scheme !== 'file') throw new NibbleError('unsupported', 'Its folder is not on this machine’s disk; open it to see what it holds.');
      state = { kind: 'known', summary: await this.services.engine.request(api.summarize, { path: uri.fsPath }, { repeat: true }) };
    } catch (error) {
      state = { kind: 'failed', error: fromResponseError(error) };
      this.services.log.info(`${uri.toString()}: ${describe(error)}`);
    }
    // The file has changed meanwhile: the answer is about an older one.
    if (this.summaries.get(key) !== pending) return;
    this.summaries.set(key, state);
    this.changed.fire(uri);
  }

  private forget(uri: Uri, list: boolean): void {
    this.summaries.delete(uri.toString());
    if (list) this.listChanged();
    else this.changed.fire(uri);
  }

  private listChanged(): void {
    this.found = null;
    this.changed.fire(undefined);
  }
}
