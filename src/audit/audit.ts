import { NibbleError } from '../errors';
import type { Tensor } from '../onnx/model';
import { tensorByteLength } from '../onnx/tensorData';
import { inspectCodes } from './codeFacts';
import type { CodeFacts, ElementReader } from './codeFacts';
import { findCopies } from './copies';
import { SEVERITIES } from './finding';
import type { Finding } from './finding';
import { questionsFor } from './questions';
import { describeRepair } from './repair';
import type { Repair } from './repair';
import { AuditSubject } from './subject';
import type { SubjectParts } from './subject';
import { findTransposedCopies } from './transposedCopies';
import { RULES } from './table';

/** A finding with what would mend it. */
export interface AuditedFinding {
  readonly finding: Finding;
  readonly repair: Repair | null;
}

export interface AuditOptions {
  readonly reader: ElementReader;
  /** `total` bytes are known from the start. */
  readonly report: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Judges a quantized model by every rule: reads what they want to know about its weights, piece by piece, then asks each.
 * A weight that cannot be read is noted, and the rest goes on. Rejects with `cancelled`.
 */
export async function auditModel(parts: SubjectParts, { reader, report, signal }: AuditOptions): Promise<{ readonly found: readonly AuditedFinding[]; readonly notes: readonly string[] }> {
  const subject = new AuditSubject(parts);
  const questions = questionsFor(subject);
  const total = questions.reduce((sum, { tensor }) => sum + tensorByteLength(tensor), 0);
  const notes: string[] = [];
  const codes = new Map<Tensor, CodeFacts>();
  let done = 0;
  report(0, total);
  for (const question of questions) {
    await unlessUnreadable(notes, async () => {
      codes.set(question.tensor, await inspectCodes(question, reader, (bytes) => { report((done += bytes), total); }, signal));
    });
  }
  const weights = [...new Set(subject.sites.flatMap((site) => site.weights.map(({ tensor }) => tensor)))];
  const copies: (readonly Tensor[])[] = [];
  const transposed: (readonly [Tensor, Tensor])[] = [];
  await unlessUnreadable(notes, async () => {
    copies.push(...(await findCopies(weights, reader, signal)));
    transposed.push(...(await findTransposedCopies(weights, reader, signal)));
  });
  subject.elements = { codes, copies, transposed };
  return { found: judge(subject), notes };
}

function judge(subject: AuditSubject): readonly AuditedFinding[] {
  const found = RULES.flatMap((rule) =>
    [...rule.check(subject)].map(({ repair, ...finding }): AuditedFinding => ({ finding: { rule: rule.id, ...finding, fix: repair ? describeRepair(repair) : null }, repair: repair ?? null })),
  );
  // Stable: the order of the rules and of the layers stays within a severity.
  return found.sort((a, b) => SEVERITIES.indexOf(a.finding.severity) - SEVERITIES.indexOf(b.finding.severity));
}

async function unlessUnreadable(notes: string[], action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!NibbleError.is(error) || error.reason === 'cancelled' || error.reason === 'changed') throw error;
    notes.push(error.message);
  }
}
