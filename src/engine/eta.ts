import type { Progress } from '../jobs/records';

/** Before this much of a step has passed, its rate says nothing. */
const SETTLING_MS = 400;

/** Estimates how long a job's present step still takes, from the mean rate since the step began. */
export class EtaEstimator {
  private step = '';
  private startedAt = 0;
  private startedDone = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Milliseconds left of the present step; null while that cannot be said. */
  update({ step, done, total }: Progress): number | null {
    const time = this.now();
    if (step !== this.step) {
      this.step = step;
      this.startedAt = time;
      this.startedDone = done;
      return null;
    }
    const elapsed = time - this.startedAt;
    const finished = done - this.startedDone;
    if (elapsed < SETTLING_MS || finished <= 0 || total <= 0) return null;
    return Math.max(0, (elapsed / finished) * (total - done));
  }
}
