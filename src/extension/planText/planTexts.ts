import { EventEmitter, workspace } from 'vscode';
import type { TextDocument, Uri } from 'vscode';
import { parsePlan } from '../../plan/parsePlan';
import type { ParsedPlan } from '../../plan/parsePlan';
import { localFile } from '../localFile';
import { describe } from '../modelSession';
import type { ModelSession } from '../modelSession';
import type { OpenDocuments } from '../openDocuments';
import { isPlan, modelUriOf } from '../planLocation';
import type { Services } from '../services';

/** A plan that is open in a text editor, with the model that it is about. */
export class PlanText {
  private parsedVersion = -1;
  private parsedPlan: ParsedPlan | null = null;
  session: ModelSession | null = null;
  modelUri: Uri | null = null;
  release: () => void = () => undefined;

  constructor(readonly document: TextDocument) {}

  get parsed(): ParsedPlan {
    if (!this.parsedPlan || this.parsedVersion !== this.document.version) {
      this.parsedVersion = this.document.version;
      this.parsedPlan = parsePlan(this.document.getText());
    }
    return this.parsedPlan;
  }
}

/** The plans open in text editors. Keeps each one's model open, and lets its figures follow what is typed. */
export class PlanTexts {
  private readonly open = new Map<TextDocument, PlanText>();
  private readonly changed = new EventEmitter<PlanText>();
  private readonly subscriptions: { dispose(): void }[];

  /** Its text, its model or its model's figures changed. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly services: Services,
    private readonly documents: OpenDocuments,
  ) {
    this.subscriptions = [
      workspace.onDidOpenTextDocument((document) => { this.opened(document); }),
      workspace.onDidCloseTextDocument((document) => { this.closed(document); }),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        const plan = this.open.get(document);
        if (plan && contentChanges.length > 0) this.typed(plan);
      }),
    ];
    for (const document of workspace.textDocuments) this.opened(document);
  }

  get(document: TextDocument): PlanText | undefined {
    return this.open.get(document);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    for (const document of [...this.open.keys()]) this.closed(document);
  }

  private opened(document: TextDocument): void {
    if (!isPlan(document.uri) || this.open.has(document)) return;
    const plan = new PlanText(document);
    this.open.set(document, plan);
    this.attach(plan).catch((error: unknown) => { this.services.log.info(`${document.uri.toString()}: ${describe(error)}`); });
  }

  private closed(document: TextDocument): void {
    const plan = this.open.get(document);
    if (!plan) return;
    this.open.delete(document);
    plan.release();
  }

  private async attach(plan: PlanText): Promise<void> {
    const modelUri = modelUriOf(plan.document.uri, plan.parsed.plan?.model?.file);
    const path = await localFile(modelUri, this.services.context.globalStorageUri);
    if (!this.open.has(plan.document)) return;
    const { session, release } = this.services.sessions.acquire(path);
    const listeners = [session.onDidChangeModel(() => { this.changed.fire(plan); }), session.onDidAssess(() => { this.changed.fire(plan); })];
    plan.session = session;
    plan.modelUri = modelUri;
    plan.release = () => {
      for (const listener of listeners) listener.dispose();
      release();
    };
    this.typed(plan);
    if (!session.loaded) await session.load();
  }

  /** The editor on the model, if one is open, takes the text over while it has no edits of its own; else the session does. */
  private typed(plan: PlanText): void {
    const editor = this.documents.find(plan.document.uri);
    if (editor) editor.follow(plan.document.getText());
    else if (plan.parsed.plan && plan.session) plan.session.setPlan(plan.parsed.plan);
    this.changed.fire(plan);
  }
}
