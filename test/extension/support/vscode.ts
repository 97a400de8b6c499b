/**
 * The part of VS Code's API that the extension uses, written for tests: files are real files, everything that a person
 * would see or answer is in `ui`. Tests replace the module `vscode` by this one (see vitest.config.mts).
 */
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

type Listener<T> = (event: T) => unknown;

export class EventEmitter<T> {
  private readonly listeners = new Set<Listener<T>>();
  readonly event = (listener: Listener<T>): { dispose(): void } => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };

  fire(event: T): void {
    for (const listener of [...this.listeners]) listener(event);
  }

  dispose(): void {
    this.listeners.clear();
  }
}

export class Uri {
  private constructor(
    readonly scheme: string,
    readonly path: string,
  ) {}

  static file(path: string): Uri {
    return new Uri('file', path);
  }

  static parse(text: string): Uri {
    const colon = text.indexOf(':');
    return new Uri(text.slice(0, colon), decodeURIComponent(text.slice(colon + 1).replace(/^\/\//, '')));
  }

  static joinPath(base: Uri, ...parts: readonly string[]): Uri {
    const segments: string[] = [];
    for (const part of [...base.path.split('/'), ...parts.flatMap((text) => text.split('/'))]) {
      if (part === '..') segments.pop();
      else if (part !== '' && part !== '.') segments.push(part);
    }
    return new Uri(base.scheme, `/${segments.join('/')}`);
  }

  get fsPath(): string {
    return this.path;
  }

  with({ scheme = this.scheme, path = this.path }: { readonly scheme?: string; readonly path?: string }): Uri {
    return new Uri(scheme, path);
  }

  toString(): string {
    return this.scheme === 'file' ? pathToFileURL(this.path).href : `${this.scheme}://${this.path}`;
  }
}

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
}

export class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(...at: readonly [Position, Position] | readonly [number, number, number, number]) {
    [this.start, this.end] = at.length === 2 ? at : [new Position(at[0], at[1]), new Position(at[2], at[3])];
  }
}

export class FileSystemError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

export class TreeItem {
  constructor(
    readonly label: unknown,
    readonly collapsibleState = 0,
  ) {}
}
export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 };
export class ThemeIcon {
  constructor(readonly id: string) {}
}
export class MarkdownString {
  constructor(readonly value: string) {}
}
export class Hover {
  constructor(
    readonly contents: unknown,
    readonly range?: Range,
  ) {}
}
export class CodeLens {
  constructor(
    readonly range: Range,
    readonly command?: unknown,
  ) {}
}
export class CompletionItem {
  constructor(
    readonly label: unknown,
    readonly kind?: number,
  ) {}
}
export class CompletionList {
  constructor(
    readonly items: readonly CompletionItem[],
    readonly isIncomplete: boolean,
  ) {}
}
export const CompletionItemKind = { Field: 4, Folder: 18 };
export class Diagnostic {
  source?: string;
  code?: string;
  constructor(
    readonly range: Range,
    readonly message: string,
    readonly severity: number,
  ) {}
}
export const DiagnosticSeverity = { Error: 0, Warning: 1, Information: 2 };
export class CodeAction {
  constructor(
    readonly title: string,
    readonly kind: string,
  ) {}
}
export const CodeActionKind = { QuickFix: 'quickfix' };
export class WorkspaceEdit {
  readonly replacements: { readonly uri: Uri; readonly range: Range; readonly text: string }[] = [];
  replace(uri: Uri, range: Range, text: string): void {
    this.replacements.push({ uri, range, text });
  }
}
export class FileDecoration {
  constructor(
    readonly badge?: string,
    readonly tooltip?: string,
  ) {}
}
export class RelativePattern {
  constructor(
    readonly base: Uri,
    readonly pattern: string,
  ) {}
}
export class CancellationTokenSource {
  private readonly emitter = new EventEmitter<void>();
  readonly token = { isCancellationRequested: false, onCancellationRequested: this.emitter.event };
  cancel(): void {
    if (this.token.isCancellationRequested) return;
    this.token.isCancellationRequested = true;
    this.emitter.fire();
  }
  dispose(): void {
    this.emitter.dispose();
  }
}
export const ProgressLocation = { Notification: 15 };
export const QuickInputButtons = { Back: { iconPath: 'back' } };
export const ViewColumn = { Active: -1, Beside: -2 };
export const env = { language: 'en', clipboard: { writeText: (text: string): Promise<void> => ((ui.clipboard = text), Promise.resolve()) } };

export const l10n = {
  t: (message: string, ...values: readonly unknown[]): string => message.replace(/\{(\d+)\}/g, (all, index: string) => (Number(index) in values ? String(values[Number(index)]) : all)),
};

/** A quick pick on show, which a test answers. */
export class FakeQuickPick<T extends { label: string }> {
  private readonly accepted = new EventEmitter<void>();
  private readonly hidden = new EventEmitter<void>();
  private readonly button = new EventEmitter<unknown>();
  private disposed = false;
  title = '';
  placeholder = '';
  items: readonly T[] = [];
  selectedItems: readonly T[] = [];
  activeItems: readonly T[] = [];
  buttons: readonly unknown[] = [];
  busy = false;
  ignoreFocusOut = false;
  canSelectMany = false;
  matchOnDescription = false;
  matchOnDetail = false;
  readonly onDidAccept = this.accepted.event;
  readonly onDidHide = this.hidden.event;
  readonly onDidTriggerButton = this.button.event;

  show(): void {
    ui.quickPick = this;
  }

  /** Chooses the items with these labels and presses Enter. */
  accept(...labels: readonly string[]): void {
    const chosen = this.items.filter(({ label }) => labels.includes(label));
    if (chosen.length !== labels.length) throw new Error(`Not all of ${labels.join(', ')} are among ${this.items.map(({ label }) => label).join(', ')}`);
    if (this.canSelectMany) this.selectedItems = chosen;
    else this.activeItems = chosen;
    this.accepted.fire();
  }

  press(button: unknown): void {
    this.button.fire(button);
  }

  hide(): void {
    this.hidden.fire();
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    if (ui.quickPick === (this as unknown)) ui.quickPick = null;
    this.hidden.fire();
  }
}

interface Watched {
  readonly base: Uri;
  readonly pattern: string;
  readonly created: EventEmitter<Uri>;
  readonly changed: EventEmitter<Uri>;
  readonly deleted: EventEmitter<Uri>;
}

/** What a person would see, and what the test answers for them. */
export const ui = {
  quickPick: null as FakeQuickPick<{ label: string }> | null,
  clipboard: '',
  messages: [] as { readonly kind: 'info' | 'warning' | 'error'; readonly text: string }[],
  /** What is pressed on the next message; undefined: nothing. */
  pressed: undefined as string | undefined,
  /** What is typed into the next input box. */
  typed: undefined as string | undefined,
  /** How the last input box judged what was typed. */
  inputBox: null as { readonly value?: string; readonly title?: string; readonly judged: unknown } | null,
  /** The name that is typed into the next save dialog, from the one that it suggests; undefined: it is closed. */
  saved: undefined as ((suggested: string) => string) | undefined,
  /** What the open dialog ends with; undefined: it is closed. */
  opened: undefined as unknown,
  progress: [] as string[],
  /** Tabs with a page, as they were opened. */
  panels: [] as { readonly title: string; html: string }[],
  executed: [] as (readonly unknown[])[],
  context: new Map<string, unknown>(),
  configuration: new Map<string, unknown>(),
  found: [] as Uri[],
  watchers: new Set<Watched>(),
  textDocuments: [] as unknown[],
  /** The diagnostic collection that was made last. */
  problems: null as { get(uri: Uri): unknown } | null,
  reset(): void {
    this.quickPick = null;
    this.messages = [];
    this.panels = [];
    this.pressed = this.typed = this.saved = this.opened = undefined;
    this.inputBox = null;
    this.progress = [];
    this.executed = [];
    this.context.clear();
    this.configuration.clear();
    this.found = [];
    this.watchers.clear();
    this.textDocuments = [];
    this.problems = null;
  },
  /** Tells watchers about a file, as the editor would after a write. */
  fileEvent(kind: 'created' | 'changed' | 'deleted', uri: Uri): void {
    for (const watcher of this.watchers) {
      const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
      const hit = watcher.pattern === '**/*.onnx' ? name.endsWith('.onnx') : Uri.joinPath(watcher.base, name).path === uri.path && watcher.pattern.replace(/\[(.)\]/g, '$1') === name;
      if (hit) watcher[kind].fire(uri);
    }
  },
};

function say(kind: 'info' | 'warning' | 'error'): (text: string) => Promise<string | undefined> {
  return (text) => {
    ui.messages.push({ kind, text });
    const { pressed } = ui;
    ui.pressed = undefined;
    return Promise.resolve(pressed);
  };
}

interface InputBoxOptions {
  readonly value?: string;
  readonly title?: string;
  readonly validateInput?: (value: string) => unknown;
}

export const window = {
  createQuickPick: <T extends { label: string }>(): FakeQuickPick<T> => new FakeQuickPick<T>(),
  showQuickPick: (items: readonly { label: string }[], options: { readonly title?: string }): Promise<unknown> =>
    new Promise((resolve) => {
      const pick = new FakeQuickPick<{ label: string }>();
      pick.title = options.title ?? '';
      pick.items = items;
      pick.onDidAccept(() => { resolve(pick.activeItems[0]); });
      pick.onDidHide(() => { resolve(undefined); });
      pick.show();
    }),
  showInputBox: (options: InputBoxOptions): Promise<string | undefined> => {
    const value = ui.typed ?? options.value ?? '';
    ui.inputBox = { ...options, judged: options.validateInput?.(value) };
    return Promise.resolve(typeof ui.inputBox.judged === 'string' ? undefined : value);
  },
  showInformationMessage: say('info'),
  showWarningMessage: say('warning'),
  showErrorMessage: say('error'),
  showOpenDialog: (): Promise<readonly unknown[] | undefined> => Promise.resolve(ui.opened === undefined ? undefined : [ui.opened]),
  showSaveDialog: ({ defaultUri }: { readonly defaultUri: Uri }): Promise<Uri | undefined> => Promise.resolve(ui.saved === undefined ? undefined : Uri.joinPath(defaultUri, '..', ui.saved(defaultUri.path.split('/').at(-1)!))),
  showTextDocument: (): Promise<undefined> => Promise.resolve(undefined),
  withProgress: <T>(_options: unknown, task: (progress: { report(value: { message: string }): void }, token: unknown) => Promise<T>): Promise<T> =>
    task({ report: ({ message }) => ui.progress.push(message) }, new CancellationTokenSource().token),
  createWebviewPanel: (_viewType: string, title: string) => {
    const webview = { html: '', cspSource: 'self', asWebviewUri: (uri: Uri) => uri, onDidReceiveMessage: () => ({ dispose: () => undefined }), postMessage: () => Promise.resolve(true) };
    ui.panels.push({ title, get html() { return webview.html; } });
    return { webview, onDidDispose: () => ({ dispose: () => undefined }) };
  },
  createTreeView: (): { selection: never[]; visible: boolean; dispose(): void } => ({ selection: [], visible: false, dispose: () => undefined }),
  registerCustomEditorProvider: (): { dispose(): void } => ({ dispose: () => undefined }),
  registerFileDecorationProvider: (): { dispose(): void } => ({ dispose: () => undefined }),
};

const registered = new Map<string, (...args: readonly unknown[]) => unknown>();

export function registeredCommands(): readonly string[] {
  return [...registered.keys()];
}

export const commands = {
  registerCommand: (id: string, run: (...args: readonly unknown[]) => unknown): { dispose(): void } => {
    registered.set(id, run);
    return { dispose: () => registered.delete(id) };
  },
  executeCommand: async (id: string, ...args: readonly unknown[]): Promise<unknown> => {
    ui.executed.push([id, ...args]);
    if (id === 'setContext') ui.context.set(String(args[0]), args[1]);
    return await registered.get(id)?.(...args);
  },
};

async function throwing<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    throw new FileSystemError(error instanceof Error ? error.message : String(error), code === 'ENOENT' ? 'FileNotFound' : code === 'EACCES' || code === 'EROFS' ? 'NoPermissions' : 'Unknown');
  }
}

/** What a person's cancel is told as. */
export class CancellationError extends Error {}

export const opened = new EventEmitter<unknown>();
export const closed = new EventEmitter<unknown>();
export const typedIn = new EventEmitter<{ readonly document: unknown; readonly contentChanges: readonly unknown[] }>();

export const workspace = {
  isTrusted: true,
  fs: {
    readFile: (uri: Uri): Promise<Uint8Array> => throwing(() => readFile(uri.fsPath)),
    writeFile: (uri: Uri, bytes: Uint8Array): Promise<void> => throwing(() => writeFile(uri.fsPath, bytes)),
    stat: (uri: Uri): Promise<{ size: number }> => throwing(() => stat(uri.fsPath)),
    createDirectory: (uri: Uri): Promise<void> => throwing(async () => { await mkdir(uri.fsPath, { recursive: true }); }),
    delete: (uri: Uri): Promise<void> => throwing(() => rm(uri.fsPath)),
    copy: (from: Uri, to: Uri): Promise<void> => throwing(() => cp(from.fsPath, to.fsPath)),
    readDirectory: (uri: Uri): Promise<(readonly [string, number])[]> => throwing(async () => (await readdir(uri.fsPath)).map((name) => [name, 1] as const)),
  },
  get textDocuments(): readonly unknown[] {
    return ui.textDocuments;
  },
  onDidOpenTextDocument: opened.event,
  onDidCloseTextDocument: closed.event,
  onDidChangeTextDocument: typedIn.event,
  onDidChangeWorkspaceFolders: new EventEmitter<void>().event,
  onDidChangeConfiguration: new EventEmitter<unknown>().event,
  findFiles: (): Promise<readonly Uri[]> => Promise.resolve(ui.found),
  asRelativePath: (uri: Uri): string => uri.path.slice(dirname(dirname(uri.path)).length + 1),
  getConfiguration: (section: string) => ({ get: <T>(key: string, fallback: T): T => (ui.configuration.get(`${section}.${key}`) as T | undefined) ?? fallback }),
  createFileSystemWatcher: (pattern: RelativePattern | string) => {
    const watched: Watched = {
      base: typeof pattern === 'string' ? Uri.file('/') : pattern.base,
      pattern: typeof pattern === 'string' ? pattern : pattern.pattern,
      created: new EventEmitter(),
      changed: new EventEmitter(),
      deleted: new EventEmitter(),
    };
    ui.watchers.add(watched);
    return { onDidCreate: watched.created.event, onDidChange: watched.changed.event, onDidDelete: watched.deleted.event, dispose: () => ui.watchers.delete(watched) };
  },
};

export const languages = {
  createDiagnosticCollection: () => {
    const entries = new Map<string, { readonly uri: Uri; readonly value: unknown }>();
    const collection = {
      set: (uri: Uri, value: unknown) => void entries.set(uri.toString(), { uri, value }),
      get: (uri: Uri) => entries.get(uri.toString())?.value,
      delete: (uri: Uri) => void entries.delete(uri.toString()),
      forEach: (use: (uri: Uri) => unknown) => { for (const { uri } of [...entries.values()]) use(uri); },
      dispose: () => { entries.clear(); },
    };
    ui.problems = collection;
    return collection;
  },
};
