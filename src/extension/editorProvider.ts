import { EventEmitter, window, workspace } from 'vscode';
import type { CustomDocumentBackup, CustomDocumentBackupContext, CustomDocumentEditEvent, CustomDocumentOpenContext, CustomEditorProvider, Uri, WebviewPanel } from 'vscode';
import { EditorPanel } from './editorPanel';
import type { PanelParts } from './editorPanel';
import { ModelDocument } from './modelDocument';
import type { OpenDocuments } from './openDocuments';

/** Part of saved window state: never rename. */
export const EDITOR_VIEW_TYPE = 'nibble.model';
export const PLAN_VIEW_TYPE = 'nibble.plan';

/** Opens models, or plans when asked to, in the Nibble editor. Each view type has its own: VS Code tells them apart by it. */
export class EditorProvider implements CustomEditorProvider<ModelDocument> {
  private readonly changed = new EventEmitter<CustomDocumentEditEvent<ModelDocument>>();
  readonly onDidChangeCustomDocument = this.changed.event;

  constructor(
    private readonly documents: OpenDocuments,
    private readonly parts: PanelParts,
  ) {}

  async openCustomDocument(uri: Uri, { backupId }: CustomDocumentOpenContext): Promise<ModelDocument> {
    const document = await ModelDocument.open(uri, backupId, this.parts.services);
    this.documents.add(document);
    void document.session.whenLoaded().then(() => this.parts.samples.lookBeside(document.modelUri, (document.session.loaded?.info.inputs ?? []).map(({ name }) => name)));
    const edits = document.onDidEdit((event) => { this.changed.fire(event); });
    document.onDidDispose(() => { edits.dispose(); });
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

  register(viewType: typeof EDITOR_VIEW_TYPE | typeof PLAN_VIEW_TYPE): { dispose(): void } {
    return window.registerCustomEditorProvider(viewType, this, { supportsMultipleEditorsPerDocument: true });
  }
}

async function removeQuietly(uri: Uri): Promise<void> {
  try {
    await workspace.fs.delete(uri);
  } catch {
    // VS Code may have removed it with its folder.
  }
}
