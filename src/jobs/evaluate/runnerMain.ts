/**
 * The process that runs models. It lives for one task: a crash in native code or a run that takes minutes then
 * hurts nobody, and stopping it frees everything at once.
 */
import { NibbleError } from '../../errors';
import type { RunnerMessage, RunnerRequest } from './runnerMessages';
import { runTask } from './runnerTask';
import type { TaskResult } from './runnerTask';

function send(message: RunnerMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(message, (error: Error | null) => { if (error) reject(error); else resolve(); });
  });
}

function run({ task, runtime }: RunnerRequest): Promise<TaskResult> {
  return runTask(task, (progress) => void send({ kind: 'progress', progress }), {
    runtime,
    onRuntime: () => send({ kind: 'reached', stage: 'original' }),
    onOriginalRuns: () => send({ kind: 'reached', stage: 'quantized' }),
  });
}

async function answer(request: RunnerRequest): Promise<void> {
  try {
    await send({ kind: 'done', result: await run(request) });
  } catch (error) {
    const { reason, message, subject } = NibbleError.is(error) ? error : new NibbleError('internal', error instanceof Error ? error.message : String(error));
    await send({ kind: 'failed', reason, message, subject });
  }
  process.disconnect();
}

// Whoever asked is gone: nobody needs the result.
process.once('disconnect', () => { process.exit(); });
process.once('message', (request) => void answer(request as RunnerRequest));
