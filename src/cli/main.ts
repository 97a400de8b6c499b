import { CommanderError } from 'commander';
import { growYoungGenerationAtOnce } from '../engine/youngGeneration';
import { NibbleError } from '../errors';
import { INTERRUPTED, interruptSignal } from './interrupt';
import { createProgram } from './program';
import { createTerminal, endWhenReaderLeaves } from './terminal';
import { UsageError } from './usageError';

const FAILED = 1;
const WRONG_USAGE = 2;
const BOUND_NOT_KEPT = 3;

void main();

async function main(): Promise<void> {
  growYoungGenerationAtOnce();
  endWhenReaderLeaves();
  const terminal = createTerminal();
  const context = { terminal, signal: interruptSignal() };
  try {
    await createProgram(context, () => { process.exitCode = FAILED; }, () => { process.exitCode = BOUND_NOT_KEPT; }).parseAsync();
  } catch (error) {
    process.exitCode = explain(error, (message) => { terminal.fail(message); });
  }
}

/** Tells what went wrong and returns the exit code for it. */
function explain(error: unknown, tell: (message: string) => void): number {
  // Commander has said already what it did not like, or has shown the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
  if (error instanceof UsageError) {
    tell(error.message);
    return WRONG_USAGE;
  }
  if (NibbleError.is(error, 'cancelled')) {
    tell('Interrupted. Nothing was written.');
    return INTERRUPTED;
  }
  if (NibbleError.is(error)) {
    tell(error.message);
    return FAILED;
  }
  tell(`Nibble has failed in a way that it should not: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return FAILED;
}
