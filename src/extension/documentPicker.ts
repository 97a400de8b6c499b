import { commands, l10n, Uri, window } from 'vscode';
import type { ActiveModel } from './activeModel';
import { EDITOR_VIEW_TYPE } from './editorProvider';
import type { ModelDocument } from './modelDocument';
import type { ModelFiles } from './modelFiles';
import type { OpenDocuments } from './openDocuments';
import { factsOf } from './modelsView';
import { baseName, isPlan, modelUriOf } from './planLocation';
import { relativeFolder } from './relativeFolder';

/** Finds the document that a command is about, and opens an editor on it where there is none. */
export class DocumentPicker {
  constructor(
    private readonly documents: OpenDocuments,
    private readonly active: ActiveModel,
    private readonly files: ModelFiles,
  ) {}

  /**
   * The document of a URI that VS Code passed (context menu, CodeLens), else the active one, else one that the person
   * picks. Null: the person picked none.
   */
  async pick(argument: unknown, title: string): Promise<ModelDocument | null> {
    if (argument instanceof Uri) return this.open(argument);
    if (this.active.document) return this.active.document;
    const uri = await this.ask(title);
    return uri ? this.open(uri) : null;
  }

  /** The document of a model or plan, in an editor; null when VS Code did not open one. */
  async open(uri: Uri): Promise<ModelDocument | null> {
    const known = this.documents.find(uri);
    if (known) return known;
    const model = isPlan(uri) ? modelUriOf(uri, undefined) : uri;
    await commands.executeCommand('vscode.openWith', model, EDITOR_VIEW_TYPE);
    return this.documents.find(model) ?? null;
  }

  /** Brings the editor of a model or plan to the front, opening one where there is none. */
  async show(uri: Uri): Promise<void> {
    const known = this.documents.find(uri);
    await commands.executeCommand('vscode.openWith', known?.uri ?? (isPlan(uri) ? modelUriOf(uri, undefined) : uri), EDITOR_VIEW_TYPE);
  }

  /** A model of the workspace or any folder, without opening it. Null: the person picked none. */
  async ask(title: string): Promise<Uri | null> {
    const uris = await this.files.list();
    const items = uris.map((uri) => ({ label: baseName(uri), description: relativeFolder(uri), detail: factsOf(this.files.summary(uri)), uri }));
    const browse = { label: l10n.t('$(folder-opened) Browse…'), description: '', detail: l10n.t('Choose a model file from any folder'), uri: null };
    const chosen = await window.showQuickPick([...items, browse], { title, placeHolder: l10n.t('Choose a model'), matchOnDescription: true, ignoreFocusOut: true });
    if (!chosen) return null;
    if (chosen.uri) return chosen.uri;
    const [file] = (await window.showOpenDialog({ title, filters: { [l10n.t('ONNX models')]: ['onnx'] }, canSelectMany: false })) ?? [];
    return file ?? null;
  }
}
