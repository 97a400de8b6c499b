import type { TextDocument } from 'vscode';
import { closed, opened, Position, typedIn, ui, Uri } from './vscode';
import type { Range } from './vscode';

/** A text editor's buffer. */
export class FakeTextDocument {
  readonly uri: Uri;
  version = 1;

  constructor(
    path: string,
    private text: string,
  ) {
    this.uri = Uri.file(path);
  }

  get document(): TextDocument {
    return this as unknown as TextDocument;
  }

  getText(range?: Range): string {
    return range ? this.text.slice(this.offsetAt(range.start), this.offsetAt(range.end)) : this.text;
  }

  offsetAt({ line, character }: Position): number {
    return this.text.split('\n').slice(0, line).reduce((sum, { length }) => sum + length + 1, 0) + character;
  }

  positionAt(offset: number): Position {
    const before = this.text.slice(0, offset).split('\n');
    return new Position(before.length - 1, before.at(-1)!.length);
  }

  open(): void {
    ui.textDocuments.push(this);
    opened.fire(this);
  }

  type(text: string): void {
    this.text = text;
    this.version += 1;
    typedIn.fire({ document: this, contentChanges: [{}] });
  }

  close(): void {
    closed.fire(this);
  }
}
