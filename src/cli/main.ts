import { growYoungGenerationAtOnce } from '../engine/youngGeneration';
import { jsonText } from './context';
import { failureOf } from './failure';
import { interruptSignal } from './interrupt';
import { createProgram } from './program';
import { createTerminal, endWhenReaderLeaves } from './terminal';

const FINDINGS = 1;
const BOUND_NOT_KEPT = 3;

void main();

async function main(): Promise<void> {
  growYoungGenerationAtOnce();
  endWhenReaderLeaves();
  const terminal = createTerminal();
  const told = { stdout: false };
  const watched = { ...terminal, print: (text: string) => { told.stdout = true; terminal.print(text); } };
  try {
    await createProgram({ terminal: watched, signal: interruptSignal() }, () => { process.exitCode = FINDINGS; }, () => { process.exitCode = BOUND_NOT_KEPT; }).parseAsync();
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) return;
    const { exitCode, reason, message, subject } = failure;
    process.exitCode = exitCode;
    if (!failure.told) terminal.fail(message);
    // Whoever asked for JSON reads stdout, and gets one document whatever happens.
    if (process.argv.includes('--json') && !told.stdout) terminal.print(jsonText({ error: { reason, message, ...subject } }));
  }
}
