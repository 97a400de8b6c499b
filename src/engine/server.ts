import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc';
import { NibbleError } from '../errors';
import type { ReportProgress } from '../jobs/records';
import * as api from './api';
import { AssessmentDiff } from './assessmentDiff';
import { EtaEstimator } from './eta';
import { JobQueue } from './jobQueue';
import type { EngineService, ServedModel } from './service';
import { toResponseError } from './wireErrors';

/** One job over all weights at a time: each may fill the memory limit. */
const JOBS_AT_ONCE = 1;

/** Summaries of a folder of models come in bursts; two at once keep the disk busy and the editor responsive. */
const SUMMARIES_AT_ONCE = 2;

/** Progress that comes faster than this is not shown anyway. */
const PROGRESS_EVERY_MS = 100;

/** Answers every request of `api.ts` on this connection. */
export function serve(connection: MessageConnection, service: EngineService): void {
  const models = new Map<api.ModelId, { readonly served: ServedModel; readonly diff: AssessmentDiff }>();
  const jobs = new JobQueue(JOBS_AT_ONCE);
  const summaries = new JobQueue(SUMMARIES_AT_ONCE);
  let nextId: api.ModelId = 1;

  const find = (id: api.ModelId): { readonly served: ServedModel; readonly diff: AssessmentDiff } => {
    const found = models.get(id);
    if (!found) throw new NibbleError('invalid-argument', `No model with the number ${id} is open in the engine. Open the file again.`);
    return found;
  };
  const model = (id: api.ModelId): ServedModel => find(id).served;

  connection.onRequest(api.configure, (settings) => answer(() => { service.configure(settings); }));
  connection.onRequest(api.ping, () => ({ pid: process.pid }));

  connection.onRequest(api.open, ({ path, dimensions, counting }, token) =>
    answer(async () => {
      const opened = await service.open(path, dimensions, counting, toSignal(token));
      const id = nextId++;
      models.set(id, { served: opened, diff: new AssessmentDiff() });
      const { model: info, totals, layers } = opened.analysis;
      return { id, model: info, totals, layerCount: layers.length, layers: layers.slice(0, api.LAYERS_PER_PAGE) };
    }),
  );
  connection.onRequest(api.layers, ({ id, start, count }) => answer(() => model(id).analysis.layers.slice(start, start + Math.min(count, api.LAYERS_PER_PAGE))));
  connection.onRequest(api.blocks, ({ id }) => answer(() => model(id).blocks));
  connection.onRequest(api.close, ({ id }) =>
    answer(() => {
      models.get(id)?.served.close();
      models.delete(id);
    }),
  );

  connection.onRequest(api.assess, ({ id, plan, revision, since, visible }) =>
    answer(() => {
      const { served, diff } = find(id);
      const assessment = served.assess(plan, revision, visible, (update) => {
        diff.note(update);
        void connection.sendNotification(api.didAssess, { id, ...update });
      });
      return diff.answer(assessment, since);
    }),
  );
  connection.onRequest(api.formats, ({ id, layer, plan }, token) => answer(() => model(id).formats(layer, plan, toSignal(token))));
  connection.onRequest(api.groupFormats, ({ id, layers, plan }, token) => answer(() => model(id).groupFormats(layers, plan, toSignal(token))));
  connection.onRequest(api.detail, ({ id, layer, weight, scheme }, token) => answer(() => model(id).detail(layer, weight, scheme, toSignal(token))));

  connection.onRequest(api.memory, ({ id }) => answer(() => model(id).memory()));
  connection.onRequest(api.report, ({ id, format, assessment, result }, token) => answer(() => model(id).report(format, { assessment, result }, toSignal(token))));
  connection.onRequest(api.explain, ({ id, layer, figure }) => answer(() => model(id).explain(layer, figure)));

  connection.onRequest(api.summarize, ({ path }, token) =>
    answer(() => {
      const signal = toSignal(token);
      return summaries.run(signal, () => service.summarize(path, signal));
    }),
  );
  connection.onRequest(api.analyze, ({ path, dimensions }, token) => answer(() => service.analyze(path, dimensions, toSignal(token))));

  /** Lets a job wait for its turn, report its progress and be cancelled. */
  const asJob =
    <P extends { readonly job: string }, R>(run: (params: P, report: ReportProgress, signal: AbortSignal) => Promise<R>) =>
    (params: P, token: CancellationToken): Promise<R> =>
      answer(() => {
        const signal = toSignal(token);
        return jobs.run(signal, () => run(params, progressSender(connection, params.job), signal));
      });
  connection.onRequest(api.compare, asJob((params: api.CompareParams, report, signal) => service.compare(params, report, signal)));
  connection.onRequest(api.audit, asJob((params: api.AuditParams, report, signal) => service.audit(params, report, signal)));
  connection.onRequest(api.repair, asJob((params: api.RepairParams, report, signal) => service.repair(params, report, signal)));
  connection.onRequest(api.evaluate, asJob((params: api.EvaluateParams, report, signal) => service.evaluate(params, report, signal)));
  connection.onRequest(api.quantize, asJob((params: api.QuantizeParams, report, signal) => service.quantize(params, report, signal)));
}

async function answer<T>(handler: () => T | Promise<T>): Promise<T> {
  try {
    return await handler();
  } catch (error) {
    if (!NibbleError.is(error)) process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    throw toResponseError(error);
  }
}

function toSignal(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => { controller.abort(); });
  return controller.signal;
}

/** Passes progress on, at most ten times a second, but never leaves out a new step or the end of one. */
function progressSender(connection: MessageConnection, job: string): ReportProgress {
  const eta = new EtaEstimator();
  let lastStep = '';
  let lastSent = -Infinity;
  return (progress) => {
    const etaMilliseconds = eta.update(progress);
    const now = performance.now();
    if (progress.step === lastStep && progress.done < progress.total && now - lastSent < PROGRESS_EVERY_MS) return;
    lastStep = progress.step;
    lastSent = now;
    void connection.sendNotification(api.jobProgress, { job, progress, etaMilliseconds });
  };
}
