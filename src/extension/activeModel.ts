import { commands, EventEmitter } from 'vscode';
import { targetOf } from '../targets/targets';
import type { ModelDocument } from './modelDocument';

/** What the active model needs of an editor panel. */
export interface ShowsModel {
  readonly document: ModelDocument;
  reveal(layer: number): void;
}

/** The model that trees and commands are about: that of the editor last used, until it is closed; and what is selected in it. */
export class ActiveModel {
  private readonly changed = new EventEmitter<ModelDocument | null>();
  private readonly selected = new EventEmitter<readonly number[]>();
  private panels: readonly ShowsModel[] = [];
  private listeners: readonly { dispose(): void }[] = [];
  private readonly context = new Map<string, boolean>();

  readonly onDidChange = this.changed.event;
  readonly onDidSelect = this.selected.event;
  document: ModelDocument | null = null;
  selection: readonly number[] = [];

  /** A panel came to the front. */
  activate(document: ModelDocument, panel: ShowsModel): void {
    this.panels = [panel, ...this.panels.filter((other) => other !== panel)];
    this.show(document);
  }

  /** A panel was closed; the one used before it takes its place. */
  closed(panel: ShowsModel): void {
    this.panels = this.panels.filter((other) => other !== panel);
    if (panel.document === this.document && !this.panels.some(({ document }) => document === this.document)) this.show(this.panels[0]?.document ?? null);
  }

  select(document: ModelDocument, layers: readonly number[]): void {
    this.show(document);
    this.selection = layers;
    this.selected.fire(layers);
  }

  /** Shows a layer in the editor last used for its model. */
  reveal(document: ModelDocument, layer: number): void {
    this.panels.find((panel) => panel.document === document)?.reveal(layer);
  }

  private show(document: ModelDocument | null): void {
    if (document === this.document) return;
    this.document = document;
    this.selection = [];
    for (const listener of this.listeners) listener.dispose();
    const update = (): void => { this.updateContext(); };
    this.listeners = document ? [document.session.onDidChangeJob(update), document.onDidChangeText(update)] : [];
    this.updateContext();
    this.changed.fire(document);
  }

  /** Keys for the `when` and `enablement` clauses of the manifest. */
  private updateContext(): void {
    this.setContext('nibble.hasModel', this.document !== null);
    this.setContext('nibble.isRunning', this.document !== null && this.document.session.job !== null);
    this.setContext('nibble.hasActivations', this.document !== null && targetOf(this.document.plan).format !== null);
  }

  /** Every keystroke in a plan and every step of a job asks; they seldom change anything. */
  private setContext(key: string, value: boolean): void {
    if (this.context.get(key) === value) return;
    this.context.set(key, value);
    void commands.executeCommand('setContext', key, value);
  }
}
