/**
 * The process that runs models. It lives for one evaluation: a crash in native code or a run that takes minutes then
 * hurts nobody, and stopping it frees everything at once.
 */
import { NibbleError } from '../../errors';
import { loadRuntime } from '../../runtime/loadRuntime';
import { wasmRuntime } from '../../runtime/wasm';
import { evaluateModels } from './evaluateModels';
import type { EvaluateResult } from './evaluateModels';
import type { RunnerMessage, RunnerRequest } from './runnerMessages';

function send(message: RunnerMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(message, (error: Error | null) => { if (error) reject(error); else resolve(); });
  });
}

async function run({ request, runtime: kind }: RunnerRequest): Promise<EvaluateResult> {
  const { runtime, note } = kind === 'wasm' ? { runtime: await wasmRuntime(), note: '' } : await loadRuntime();
  await send({ kind: 'reached', stage: 'original' });
  const options = { onOriginalRuns: () => send({ kind: 'reached', stage: 'quantized' }) };
  const result = await evaluateModels(request, runtime, (progress) => void send({ kind: 'progress', progress }), options);
  return note === '' ? result : { ...result, notes: [note, ...result.notes] };
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
