/** How bad a finding is: the model computes wrong numbers or does not load; it runs worse than it could; worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

/** From the worst down. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

/** Something that is wrong with a quantized model, or could be better. Plain data; crosses processes. */
export interface Finding {
  /** The rule's id, as `RULES` has it. */
  readonly rule: string;
  readonly severity: Severity;
  /** The layer, as the layer table calls it; null when it is about the whole model. */
  readonly node: string | null;
  readonly tensor: string | null;
  /** What is there, in one sentence. */
  readonly reason: string;
  /** What comes of it, in one sentence. */
  readonly consequence: string;
  /** What to do about it, in one sentence. */
  readonly remedy: string;
  /** What a repaired copy would have instead, for a button; null where only a person can decide. */
  readonly fix: string | null;
}

/** Result of an audit. */
export interface AuditReport {
  readonly file: string;
  /** Worst first, then in the order of the rules, then of the layers. */
  readonly findings: readonly Finding[];
  /** What could not be looked at, as sentences. */
  readonly notes: readonly string[];
}

/** True for a finding that is at least as bad as `level`. */
export function isAtLeast(severity: Severity, level: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(level);
}
