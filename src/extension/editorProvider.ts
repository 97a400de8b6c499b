import { EventEmitter, window, workspace } from 'vscode';
import type { CustomDocumentBackup, CustomDocumentBackupContext, CustomDocumentEditEvent, CustomDocumentOpenContext, CustomEditorProvider, Uri, WebviewPanel } from 'vscode';
import { EditorPanel } from './editorPanel';
import type { PanelParts } from './editorPanel';
import { ModelDocument } from './modelDocument';

/** Part of saved window state: never rename. */
export const EDITOR_VIEW_TYPE = 'nibble.model';
export const PLAN_VIEW_TYPE = 'nibble.plan';

/** Opens models, and plans when asked to, in the Nibble editor. */
export class EditorProvider implements CustomEditorProvider<ModelDocument> {
  private readonly changed = new EventEmitter<CustomDocumentEditEvent<ModelDocument>>();
  private readonly open = new Set<ModelDocument>();
  readonly onDidChangeCustomDocument = this.changed.event;

  constructor(private readonly parts: PanelParts) {}

  async openCustomDocument(uri: Uri, { backupId }: CustomDocumentOpenContext): Promise<ModelDocument> {
    const document = await ModelDocument.open(uri, backupId, this.parts.services);
    this.open.add(document);
    void this.parts.samples.lookBeside(document.modelUri);
    const edits = document.onDidEdit((event) => { this.changed.fire(event); });
    document.onDidDispose(() => {
      edits.dispose();
      this.open.delete(document);
    });
    return document;
  }

  resolveCustomEditor(document: ModelDocument, panel: WebviewPanel): void {
    new EditorPanel(document, panel, this.parts);
  }

  saveCustomDocument(document: ModelDocument): Promise<void> {
    return document.save();
  }

  saveCustomDocumentAs(document: ModelDocument, destination: Uri): Promise<void> {
    return document.saveAs(destination);
  }

  revertCustomDocument(document: ModelDocument): Promise<void> {
    return document.revert();
  }

  async backupCustomDocument(document: ModelDocument, { destination }: CustomDocumentBackupContext): Promise<CustomDocumentBackup> {
    await document.backup(destination);
    return {
      id: destination.toString(),
      delete: () => {
        void removeQuietly(destination);
      },
    };
  }

  /** The open document of a model or of its plan. */
  find(uri: Uri): ModelDocument | undefined {
    const wanted = uri.toString();
    return [...this.open].find((document) => [document.uri, document.modelUri, document.planUri].some((candidate) => candidate.toString() === wanted));
  }

  get documents(): readonly ModelDocument[] {
    return [...this.open];
  }

  register(): { dispose(): void }[] {
    const options = { supportsMultipleEditorsPerDocument: true };
    return [window.registerCustomEditorProvider(EDITOR_VIEW_TYPE, this, options), window.registerCustomEditorProvider(PLAN_VIEW_TYPE, this, options)];
  }
}

async function removeQuietly(uri: Uri): Promise<void> {
  try {
    await workspace.fs.delete(uri);
  } catch {
    // VS Code may have removed it with its folder.
  }
}
