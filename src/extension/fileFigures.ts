import { EventEmitter, l10n, workspace } from 'vscode';
import type { Uri } from 'vscode';
import type { FileSummary } from '../engine/api';
import { RemoteModel } from '../engine/remoteModel';
import type { AssessmentTotals } from '../jobs/records';
import { modelHover } from '../format/hover';
import { toPlainText } from '../format/hoverMarkup';
import { formatBytes, formatDb } from '../format/numbers';
import { formatScheme } from '../format/scheme';
import { parsePlan } from '../plan/parsePlan';
import type { Plan } from '../plan/plan';
import type { IntegerScheme } from '../quant/scheme';
import type { ModelDocument } from './modelDocument';
import type { ModelFiles } from './modelFiles';
import { describe } from './modelSession';
import { newPlanOf } from './newPlan';
import type { OpenDocuments } from './openDocuments';
import { baseName, planUriOf } from './planLocation';
import type { Services } from './services';

/** Weights of larger files are not measured just because the file is on show in the explorer. */
export const MAX_MEASURED_BYTES = 64 * 2 ** 20;

/** A file whose errors take longer is shown without them. */
const MEASURING_MS = 20_000;

/** The formats, for every layer, whose totals stand beside the plan's. */
const COMPARED: readonly IntegerScheme[] = [
  { kind: 'integer', bits: 8, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' },
  { kind: 'integer', bits: 4, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' },
];

/** What the explorer says about a model file. */
export interface ShownFigures {
  /** Stored bits per weight, at most two characters; absent where there are no weights. */
  readonly badge?: string;
  readonly tooltip: string;
}

/** What was found out about a file's weights. */
interface Measured {
  /** Under the plan beside it, or the default one. */
  readonly planned: AssessmentTotals;
  readonly compared: readonly { readonly scheme: IntegerScheme; readonly totals: AssessmentTotals }[];
}

/** The figures of model files that nobody has opened: read one after the other, remembered until a file changes. */
export class FileFigures {
  private readonly changed = new EventEmitter<Uri | undefined>();
  /** Null: asked for, or left out because the file is too large or cannot be measured. */
  private readonly measured = new Map<string, Measured | null>();
  private measuring: Promise<void> = Promise.resolve();
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly services: Services,
    private readonly files: ModelFiles,
    documents: OpenDocuments,
  ) {
    documents.onDidOpen((document) => { this.follow(document); });
    files.onDidChange((uri) => {
      if (uri) this.measured.delete(uri.toString());
      else this.measured.clear();
      this.changed.fire(uri);
    });
  }

  /** What is known now; undefined: nothing yet. */
  of(uri: Uri): ShownFigures | undefined {
    const state = this.files.summary(uri);
    if (state.kind === 'pending') return undefined;
    if (state.kind === 'failed') return { badge: '!', tooltip: state.error.message };
    const measured = this.measured.get(uri.toString());
    if (measured === undefined) this.measureLater(uri, state.summary);
    return { ...badgeOf(state.summary), tooltip: this.tooltip(uri, state.summary, measured ?? null) };
  }

  /** While a model is open its figures are those of its editor. */
  private follow({ modelUri, session, onDidDispose }: ModelDocument): void {
    const listeners = [
      session.onDidAssess(({ totals }) => {
        if (totals.pending === 0) this.changed.fire(modelUri);
      }),
      session.onDidFinish(() => { this.changed.fire(modelUri); }),
    ];
    onDidDispose(() => {
      for (const listener of listeners) listener.dispose();
      this.changed.fire(modelUri);
    });
  }

  private tooltip(uri: Uri, summary: FileSummary, measured: Measured | null): string {
    const session = this.services.sessions.find(uri.fsPath);
    const totals = session?.assessment?.totals ?? measured?.planned ?? null;
    const hover = modelHover({ fileName: baseName(uri), summary, totals, result: session?.result ?? null }, l10n.t);
    // A format that no layer of the model can have leaves no error to tell.
    const possible = (measured?.compared ?? []).filter(({ totals: { sqnrDb } }) => sqnrDb !== null);
    const compared = possible.map(({ scheme, totals: { bytesAfter, sqnrDb } }) => [l10n.t('All {0}', formatScheme(scheme)), `${formatDb(sqnrDb)} · ${formatBytes(bytesAfter)}`] as const);
    return toPlainText({ ...hover, lines: [...hover.lines, ...compared] });
  }

  private measureLater(uri: Uri, { fileBytes }: FileSummary): void {
    const key = uri.toString();
    this.measured.set(key, null);
    if (fileBytes > MAX_MEASURED_BYTES) return;
    this.measuring = this.measuring.then(async () => {
      try {
        const measured = await this.measure(uri);
        if (this.measured.get(key) !== null) return;
        this.measured.set(key, measured);
        this.changed.fire(uri);
      } catch (error) {
        this.services.log.info(`${key}: ${describe(error)}`);
      }
    });
  }

  private async measure(uri: Uri): Promise<Measured> {
    const model = new RemoteModel(this.services.engine, uri.fsPath, {});
    try {
      let revision = 0;
      const planned = await this.totals(model, await planOf(uri), ++revision);
      const compared: Measured['compared'][number][] = [];
      for (const scheme of COMPARED) {
        const { bits, symmetric, granularity } = scheme;
        compared.push({ scheme, totals: await this.totals(model, { version: 1, default: { weights: { bits, symmetric, granularity } } }, ++revision) });
      }
      return { planned, compared };
    } finally {
      model.close();
    }
  }

  /** Totals of one plan once no layer is pending, or as far as they got in `MEASURING_MS`. */
  private async totals(model: RemoteModel, plan: Plan, revision: number): Promise<AssessmentTotals> {
    const later: { totals?: AssessmentTotals } = {};
    let stop = (): void => undefined;
    const finished = new Promise<void>((resolve) => {
      const listener = this.services.engine.onDidAssess((event) => {
        if (!model.owns(event) || event.revision !== revision) return;
        later.totals = event.totals;
        if (event.totals.pending === 0) resolve();
      });
      const timer = setTimeout(resolve, MEASURING_MS);
      stop = () => {
        clearTimeout(timer);
        listener();
      };
    });
    try {
      const first = (await model.assess(plan, revision, [])).totals;
      if (first.pending > 0) await finished;
      return later.totals ?? first;
    } finally {
      stop();
    }
  }
}

/** "8" for a model of int8 weights, "32" for float. */
function badgeOf({ weightBytes, parameters }: FileSummary): Pick<ShownFigures, 'badge'> {
  return parameters === 0 ? {} : { badge: String(Math.min(99, Math.round((weightBytes * 8) / parameters))) };
}

/** The plan beside a model, or the one that it would be given. */
async function planOf(model: Uri): Promise<Plan> {
  try {
    const { plan } = parsePlan(new TextDecoder().decode(await workspace.fs.readFile(planUriOf(model))));
    if (plan) return plan;
  } catch {
    // No plan file: the default one.
  }
  return parsePlan(newPlanOf(model)).plan ?? { version: 1 };
}
