import { Presets, SingleBar } from 'cli-progress';
import { EtaEstimator } from '../engine/eta';
import { formatEta } from '../format/duration';
import type { Progress, ReportProgress } from '../jobs/records';

export interface ProgressBar {
  readonly report: ReportProgress;
  /** Removes the bar from the terminal. */
  stop(): void;
}

/** Drawing more often than this only costs time. */
const REDRAWS_PER_SECOND = 10;

/** A bar on stderr when that is a terminal, else nothing. */
export function createProgressBar(): ProgressBar {
  if (!process.stderr.isTTY) return { report: () => undefined, stop: () => undefined };
  const eta = new EtaEstimator();
  const bar = new SingleBar({ format: '{step} {bar} {percentage}% {left}', stream: process.stderr, clearOnComplete: true, hideCursor: true, fps: REDRAWS_PER_SECOND, barsize: 30 }, Presets.shades_classic);
  let step = '';
  // Also when a second Ctrl+C ends the program at once: the cursor must come back.
  process.once('exit', () => { bar.stop(); });
  return {
    report: (progress: Progress) => {
      // Without a total there is no bar to fill; the name of the step is all there is to say.
      const total = Math.max(1, progress.total);
      const payload = { step: progress.step, left: formatEta(eta.update(progress)) };
      if (progress.step === step) {
        bar.setTotal(total);
        bar.update(progress.done, payload);
      } else {
        bar.stop();
        bar.start(total, progress.done, payload);
        step = progress.step;
      }
    },
    stop: () => { bar.stop(); },
  };
}
