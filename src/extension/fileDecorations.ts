import { EventEmitter, FileDecoration, window } from 'vscode';
import type { FileDecorationProvider, Uri } from 'vscode';
import type { FileFigures } from './fileFigures';
import { isModel } from './planLocation';

/** A badge on model files in the explorer: the bits that a parameter takes there; and the model's figures as its tooltip. */
export class FileDecorations implements FileDecorationProvider {
  private readonly changed = new EventEmitter<Uri | Uri[] | undefined>();
  readonly onDidChangeFileDecorations = this.changed.event;

  constructor(private readonly figures: FileFigures) {
    figures.onDidChange((uri) => { this.changed.fire(uri); });
  }

  /** Answers at once with what is known; the rest comes by the change event. */
  provideFileDecoration(uri: Uri): FileDecoration | undefined {
    if (!isModel(uri) || uri.scheme !== 'file') return undefined;
    const known = this.figures.of(uri);
    return known && new FileDecoration(known.badge, known.tooltip);
  }

  register(): { dispose(): void } {
    return window.registerFileDecorationProvider(this);
  }
}
