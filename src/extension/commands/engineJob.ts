import { randomUUID } from 'node:crypto';
import { ProgressLocation, window } from 'vscode';
import type { CancellationToken } from 'vscode';
import type { Services } from '../services';
import { jobText } from './sessionJob';

/** Runs a job of the engine with its progress and Cancel in a notification. `run` makes the request, with the job's id in it. */
export async function runEngineJob<T>({ engine }: Pick<Services, 'engine'>, title: string, run: (job: string, token: CancellationToken) => Promise<T>): Promise<T> {
  const job = randomUUID();
  return window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
    const stop = engine.onProgress((event) => {
      if (event.job === job) progress.report({ message: jobText(event) });
    });
    try {
      return await run(job, token);
    } finally {
      stop();
    }
  });
}
