import { EventEmitter } from 'vscode';
import type { Uri } from 'vscode';
import type { ModelDocument } from './modelDocument';

/** The documents that are open in any Nibble editor of this window. */
export class OpenDocuments {
  private readonly open = new Set<ModelDocument>();
  private readonly opened = new EventEmitter<ModelDocument>();
  readonly onDidOpen = this.opened.event;

  add(document: ModelDocument): void {
    this.open.add(document);
    document.onDidDispose(() => { this.open.delete(document); });
    this.opened.fire(document);
  }

  /** The document of a model, or of its plan. */
  find(uri: Uri): ModelDocument | undefined {
    const wanted = uri.toString();
    return [...this.open].find((document) => [document.uri, document.modelUri, document.planUri].some((candidate) => candidate.toString() === wanted));
  }
}
