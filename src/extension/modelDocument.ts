import { CancellationError, EventEmitter, FileSystemError, l10n, Uri, window, workspace } from 'vscode';
import type { CustomDocument, CustomDocumentEditEvent, Event } from 'vscode';
import { NibbleError } from '../errors';
import { parsePlan } from '../plan/parsePlan';
import type { Plan } from '../plan/plan';
import { positionAt } from '../plan/problem';
import { applyChange, editBetween } from '../plan/textChange';
import type { TextChange, TextEdit } from '../plan/textChange';
import type { Notice } from './editorApi';
import { fileWatch } from './fileWatch';
import { localFile } from './localFile';
import type { ModelSession } from './modelSession';
import { newPlanOf } from './newPlan';
import { baseName, isPlan, modelUriOf, planUriOf } from './planLocation';
import type { Services } from './services';

/** Keys of notices and of what their button does. */
const NOTICE = { planConflict: 'plan-conflict', planInvalid: 'plan-invalid', modelChanged: 'model-changed' } as const;
export const ACTION = { reloadPlan: 'reloadPlan', openPlan: 'openPlan', showProblems: 'showProblems', dismiss: 'dismiss:' } as const;

/**
 * The document behind the editor: the text of the plan, and what has been done to it since it was saved. The model
 * itself is read only. All panels on a document show this one state.
 */
export class ModelDocument implements CustomDocument {
  private readonly edited = new EventEmitter<CustomDocumentEditEvent<ModelDocument>>();
  private readonly textChanged = new EventEmitter<void>();
  private readonly noticesChanged = new EventEmitter<void>();
  private readonly disposed = new EventEmitter<void>();
  private readonly noticeMap = new Map<string, Notice>();
  private readonly watches: { dispose(): void }[] = [];

  /** An edit that VS Code must put on its undo list. */
  readonly onDidEdit: Event<CustomDocumentEditEvent<ModelDocument>> = this.edited.event;
  readonly onDidChangeText = this.textChanged.event;
  readonly onDidChangeNotices = this.noticesChanged.event;
  readonly onDidDispose = this.disposed.event;

  private constructor(
    readonly uri: Uri,
    readonly modelUri: Uri,
    readonly planUri: Uri,
    readonly session: ModelSession,
    private readonly releaseSession: () => void,
    /** The plan as it is now. */
    private currentText: string,
    /** The plan as the file, or a text editor on it, has it; `currentText` differs from it when there are edits. */
    private baseText: string,
    /** The plan as it was last seen on disk; null: there is no file. */
    private diskText: string | null,
  ) {}

  /**
   * Opens the model at `uri`, or the model of the plan at `uri`, with the plan beside it. Starts the reading of the model
   * and does not wait for it. `backupId`: take the plan from there (hot exit).
   */
  static async open(uri: Uri, backupId: string | undefined, services: Services): Promise<ModelDocument> {
    const planUri = isPlan(uri) ? uri : planUriOf(uri);
    const diskText = await readText(planUri);
    const named = diskText === null ? undefined : parsePlan(diskText).plan?.model?.file;
    const modelUri = isPlan(uri) ? modelUriOf(uri, named) : uri;
    const baseText = diskText ?? newPlanOf(modelUri);
    const currentText = backupId === undefined ? baseText : ((await readText(Uri.parse(backupId))) ?? baseText);
    const path = await localFile(modelUri, services.context.globalStorageUri);
    const { session, release } = services.sessions.acquire(path);
    const document = new ModelDocument(uri, modelUri, planUri, session, release, currentText, baseText, diskText);
    document.watch();
    document.takeText(currentText);
    // Unless another view has.
    if (!session.loaded) void session.load();
    return document;
  }

  get text(): string {
    return this.currentText;
  }

  get isDirty(): boolean {
    return this.currentText !== this.baseText;
  }

  get notices(): readonly Notice[] {
    return [...this.noticeMap.values()];
  }

  /** Whether the plan can be edited by anything but hand. */
  get planIsValid(): boolean {
    return !this.noticeMap.has(NOTICE.planInvalid);
  }

  /** Changes the plan's text as one undoable edit. `label` is what the Undo menu says. */
  edit(label: string, { text, change, inverse }: TextEdit): void {
    if (text === this.currentText) return;
    this.takeText(text);
    this.edited.fire({
      document: this,
      label,
      undo: () => { this.apply(inverse, change.content); },
      redo: () => { this.apply(change, inverse.content); },
    });
  }

  async save(): Promise<void> {
    const onDisk = await readText(this.planUri);
    if (onDisk !== this.diskText && onDisk !== this.currentText && onDisk !== null) {
      this.diskText = onDisk;
      this.noticeConflict();
      throw new NibbleError('changed', l10n.t('{0} has been changed by something else since it was read. Save again to replace it with your version, or take over the file’s version in the editor.', baseName(this.planUri)), { file: this.planUri.fsPath });
    }
    // Another edit may come while this one is being written: what counts as saved is what was written.
    const text = this.currentText;
    await writeText(this.planUri, text);
    this.settle(text);
  }

  /**
   * Save As. To a plan's name: writes this plan there. To a model's name: copies the model there, unchanged, and writes the
   * plan beside it.
   */
  async saveAs(destination: Uri): Promise<void> {
    if (isPlan(destination) || destination.toString() === this.modelUri.toString()) {
      await writeText(isPlan(destination) ? destination : this.planUri, this.currentText);
      return;
    }
    const external = this.session.loaded?.info.externalBytes ?? 0;
    const sameFolder = Uri.joinPath(destination, '..').toString() === Uri.joinPath(this.modelUri, '..').toString();
    if (external > 0 && !sameFolder) {
      throw new NibbleError('unsupported', l10n.t('{0} keeps weights in files beside it, which Save As does not copy. Save into the same folder, or copy the model’s files yourself.', baseName(this.modelUri)), { file: this.modelUri.fsPath });
    }
    // VS Code has asked about the model; of the plan it does not know.
    const plan = planUriOf(destination);
    const standing = await readText(plan);
    if (standing !== null && standing !== this.currentText && !(await mayReplace(plan))) throw new CancellationError();
    await workspace.fs.copy(this.modelUri, destination, { overwrite: true });
    await writeText(plan, this.currentText);
  }

  /** Goes back to what is on disk. */
  async revert(): Promise<void> {
    const onDisk = await readText(this.planUri);
    this.diskText = onDisk;
    const text = onDisk ?? newPlanOf(this.modelUri);
    this.baseText = text;
    this.clearNotice(NOTICE.planConflict);
    this.takeText(text);
  }

  /** Writes the plan, and nothing else, for hot exit. */
  async backup(destination: Uri): Promise<void> {
    await workspace.fs.createDirectory(Uri.joinPath(destination, '..'));
    await writeText(destination, this.currentText);
  }

  /** A text editor on the plan shows this now: follow it while there are no edits of our own. */
  follow(text: string): void {
    if (this.isDirty || text === this.currentText) return;
    this.baseText = text;
    this.takeText(text);
  }

  showNotice(notice: Notice): void {
    this.noticeMap.set(notice.id, notice);
    this.noticesChanged.fire();
  }

  clearNotice(id: string): void {
    if (this.noticeMap.delete(id)) this.noticesChanged.fire();
  }

  dispose(): void {
    for (const watch of this.watches) watch.dispose();
    this.releaseSession();
    this.disposed.fire();
    for (const emitter of [this.edited, this.textChanged, this.noticesChanged, this.disposed]) emitter.dispose();
  }

  private watch(): void {
    this.watches.push(
      fileWatch(this.modelUri, () => { void this.modelFileChanged(); }),
      fileWatch(this.planUri, () => { void this.planFileChanged(); }),
    );
  }

  private async modelFileChanged(): Promise<void> {
    await this.session.load();
    const name = baseName(this.modelUri);
    if (this.session.failure) this.clearNotice(NOTICE.modelChanged);
    else this.showNotice({ id: NOTICE.modelChanged, severity: 'info', text: l10n.t('{0} changed on disk and was read again. Your plan is as it was.', name), action: { label: l10n.t('OK'), key: `${ACTION.dismiss}${NOTICE.modelChanged}` } });
  }

  private async planFileChanged(): Promise<void> {
    const onDisk = await readText(this.planUri);
    if (onDisk === this.diskText) return;
    this.diskText = onDisk;
    const text = onDisk ?? newPlanOf(this.modelUri);
    if (!this.isDirty || text === this.currentText) {
      this.settle(text);
      this.takeText(text);
    } else if (onDisk !== null) this.noticeConflict();
  }

  private noticeConflict(): void {
    this.showNotice({
      id: NOTICE.planConflict,
      severity: 'warning',
      text: l10n.t('{0} changed on disk while you have edits here. Your edits are kept; saving replaces the file.', baseName(this.planUri)),
      action: { label: l10n.t('Take the File’s Version'), key: ACTION.reloadPlan },
    });
  }

  /** Takes over the file's version as an edit, so that one's own can be had back with Undo. */
  async reloadPlan(): Promise<void> {
    const onDisk = (await readText(this.planUri)) ?? newPlanOf(this.modelUri);
    this.edit(l10n.t('Take the Plan from Disk'), editBetween(this.currentText, onDisk));
    this.settle(onDisk);
  }

  private settle(text: string): void {
    this.diskText = text;
    this.baseText = text;
    this.clearNotice(NOTICE.planConflict);
  }

  /** Applies a step of the undo list. `expected` is what stands where it changes something, if the text is still the one that it was made for. */
  private apply(change: TextChange, expected: string): void {
    if (this.currentText.slice(change.offset, change.offset + change.length) !== expected) {
      void window.showWarningMessage(l10n.t('{0} has been replaced from outside since then, so this step cannot be undone.', baseName(this.planUri)));
      return;
    }
    this.takeText(applyChange(this.currentText, change));
  }

  /** Makes this the plan. A text that is not a plan leaves the last good one in force and says so. */
  private takeText(text: string): void {
    this.currentText = text;
    const { plan, problems } = parsePlan(text);
    if (plan) {
      this.clearNotice(NOTICE.planInvalid);
      this.session.setPlan(plan);
    } else {
      const first = problems.find(({ severity }) => severity === 'error');
      const { line, column } = positionAt(text, first?.offset ?? 0);
      this.showNotice({
        id: NOTICE.planInvalid,
        severity: 'error',
        text: l10n.t('{0}, line {1}, column {2}: {3} The figures are those of the last plan that could be read.', baseName(this.planUri), line, column, first?.message ?? ''),
        action: { label: l10n.t('Open Plan'), key: ACTION.openPlan },
      });
    }
    this.textChanged.fire();
  }

  get plan(): Plan {
    return this.session.plan;
  }
}

async function mayReplace(plan: Uri): Promise<boolean> {
  const replace = l10n.t('Replace');
  const name = baseName(plan);
  const chosen = await window.showWarningMessage(l10n.t('Replace the plan {0}?', name), { modal: true, detail: l10n.t('It belongs to the model that is being replaced, and says something else than yours. Nothing is written if you cancel.') }, replace);
  return chosen === replace;
}

/** Null when there is no such file. */
async function readText(uri: Uri): Promise<string | null> {
  try {
    return new TextDecoder().decode(await workspace.fs.readFile(uri));
  } catch (error) {
    if (error instanceof FileSystemError && error.code === 'FileNotFound') return null;
    throw new NibbleError('unreadable', l10n.t('{0} cannot be read: {1}', baseName(uri), error instanceof Error ? error.message : String(error)), { file: uri.fsPath }, { cause: error });
  }
}

async function writeText(uri: Uri, text: string): Promise<void> {
  try {
    await workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  } catch (error) {
    throw new NibbleError('not-writable', l10n.t('{0} cannot be written: {1}', baseName(uri), error instanceof Error ? error.message : String(error)), { file: uri.fsPath }, { cause: error });
  }
}
