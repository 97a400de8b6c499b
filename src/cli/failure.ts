import { CommanderError } from 'commander';
import { NibbleError } from '../errors';
import type { ErrorReason, ErrorSubject } from '../errors';
import { INTERRUPTED } from './interrupt';
import { UsageError } from './usageError';

const FAILED = 1;
const WRONG_USAGE = 2;

/** Why a command did not do what it was asked for. */
export interface Failure {
  readonly exitCode: number;
  readonly reason: ErrorReason | 'usage';
  readonly message: string;
  readonly subject: ErrorSubject;
  /** Whether the person has been told already. */
  readonly told: boolean;
}

/** Null for what ends a command without being a failure, such as the help that was asked for. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof CommanderError) {
    const usage = { exitCode: WRONG_USAGE, reason: 'usage', message: error.message.replace(/^error: /, ''), subject: {}, told: true } as const;
    return error.exitCode === 0 ? null : usage;
  }
  if (error instanceof UsageError) return { exitCode: WRONG_USAGE, reason: 'usage', message: error.message, subject: {}, told: false };
  if (NibbleError.is(error, 'cancelled')) return { exitCode: INTERRUPTED, reason: error.reason, message: 'Interrupted. Nothing was written.', subject: {}, told: false };
  if (NibbleError.is(error)) return { exitCode: FAILED, reason: error.reason, message: error.message, subject: error.subject, told: false };
  const message = `Nibble has failed in a way that it should not: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  return { exitCode: FAILED, reason: 'internal', message, subject: {}, told: false };
}
