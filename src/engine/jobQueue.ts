import { NibbleError, throwIfCancelled } from '../errors';

/**
 * Runs long jobs a few at a time, in the order in which they came: two quantizations at once would need twice the
 * memory and finish no sooner. A job that is cancelled while it waits leaves the queue at once.
 */
export class JobQueue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  async run<T>(signal: AbortSignal, job: () => Promise<T>): Promise<T> {
    throwIfCancelled(signal);
    if (this.running >= this.most) await this.turn(signal);
    else this.running += 1;
    try {
      return await job();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  /** Waits until a finished job hands its place over. */
  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        reject(new NibbleError('cancelled', 'Cancelled.'));
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.push(start);
    });
  }
}
