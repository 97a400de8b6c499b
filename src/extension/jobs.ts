import { CancellationTokenSource } from 'vscode';
import type { CancellationToken } from 'vscode';
import type { ModelSession } from './modelSession';

/** The running jobs by session, so that the page's Cancel and the notification's Cancel mean the same. */
export class RunningJobs {
  private readonly sources = new Map<ModelSession, CancellationTokenSource>();

  /** Runs a job that ends when `outer` is cancelled or `cancel` is called. */
  async run<T>(session: ModelSession, outer: CancellationToken, job: (token: CancellationToken) => Promise<T>): Promise<T> {
    const source = new CancellationTokenSource();
    const listener = outer.onCancellationRequested(() => { source.cancel(); });
    this.sources.set(session, source);
    try {
      return await job(source.token);
    } finally {
      this.sources.delete(session);
      listener.dispose();
      source.dispose();
    }
  }

  cancel(session: ModelSession): void {
    this.sources.get(session)?.cancel();
  }
}
