import type { Repair } from './repair';
import type { Finding, Severity } from './finding';
import type { AuditSubject } from './subject';

/** What a rule finds; its id is added by the audit. */
export interface Found extends Omit<Finding, 'rule' | 'fix'> {
  /** How a copy of the model would be without it; left out where only a person can decide. */
  readonly repair?: Repair;
}

/** One kind of finding. */
export interface Rule {
  /** Short and for ever: baselines and suppressions of code scanning go by it. */
  readonly id: string;
  /** A few words, for headings. */
  readonly title: string;
  /** The worst that it reports. */
  readonly severity: Severity;
  /**
   * What it has to know: the graph alone; small constants (scales, zero points, biases); the elements of all quantized
   * weights; or the float model that the quantized one was made from.
   */
  readonly needs: 'structure' | 'scales' | 'weights' | 'original';
  /** What it looks for and why, in a few sentences, for the help of code scanning. */
  readonly help: string;
  check(subject: AuditSubject): Iterable<Found>;
}
