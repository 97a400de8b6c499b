import { ProgressLocation, window } from 'vscode';
import type { CancellationToken } from 'vscode';
import { formatEta } from '../../format/duration';
import type { JobState } from '../editorApi';
import type { RunningJobs } from '../jobs';
import type { ModelSession } from '../modelSession';

/** Runs a job of a session with its progress and Cancel in a notification, beside those of the page. */
export async function runSessionJob<T>(title: string, session: ModelSession, jobs: RunningJobs, run: (token: CancellationToken) => Promise<T>): Promise<T> {
  return window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, async (progress, outer) => {
    let shown = 0;
    const listener = session.onDidChangeJob((job) => {
      if (!job) return;
      const percent = percentOf(job);
      // Every step counts from 0 to 100 anew; the bar never runs backwards, so a later step shows its own text only.
      progress.report({ message: jobText(job), increment: Math.max(0, percent - shown) });
      shown = Math.max(shown, percent);
    });
    try {
      return await jobs.run(session, outer, run);
    } finally {
      listener.dispose();
    }
  });
}

/** "Quantizing weights 45 % · about 3 s left" */
export function jobText({ progress, etaMilliseconds }: Pick<JobState, 'progress' | 'etaMilliseconds'>): string {
  const share = progress.total > 0 ? ` ${Math.floor((progress.done / progress.total) * 100)} %` : '';
  const left = formatEta(etaMilliseconds);
  return `${progress.step}${share}${left === '' ? '' : ` · ${left}`}`;
}

function percentOf({ progress }: JobState): number {
  return progress.total > 0 ? (progress.done / progress.total) * 100 : 0;
}
