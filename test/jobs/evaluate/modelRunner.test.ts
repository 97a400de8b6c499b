import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EvaluateRequest } from '../../../src/jobs/evaluate/evaluateModels';
import { directRunner, processRunner } from '../../../src/jobs/evaluate/modelRunner';
import type { Progress } from '../../../src/jobs/records';
import { caught } from '../../support/caught';
import { buildModel, floatTensor, graph, node, valueInfo } from '../../support/onnxBuilder';
import { modelFile } from '../../support/quantizing';
import { tempFolder } from '../../support/tempFolder';
import { TIMED } from '../../support/timed';

const runner = processRunner(resolve('dist/runner.js'));

/** Multiplies by a factor: its error against another factor is known exactly. */
function scaling(factor: number, op = 'Mul'): { readonly path: string; readonly externalFiles: readonly [] } {
  const parts = { nodes: [node(op, ['x', 'f'], ['y'])], initializers: [floatTensor('f', [], [factor])], inputs: [valueInfo('x', 'float', ['batch', 4])], outputs: [valueInfo('y', 'float', ['batch', 4])] };
  return { path: modelFile(buildModel({ graph: graph(parts) })), externalFiles: [] };
}

function request(changes: Partial<EvaluateRequest> = {}): EvaluateRequest {
  return { original: scaling(1), quantized: scaling(0.99), inputs: [{ name: 'x', dataType: 'float', shape: ['batch', 4] }], samples: null, threads: 1, ...changes };
}

function script(content: string): string {
  const path = join(tempFolder(), 'runner.js');
  writeFileSync(path, content);
  return path;
}

describe.each([['in this process', directRunner], ['in a process of its own', runner]] as const)('running both models %s', (_, evaluated) => {
  it('measures how far the output moved', async () => {
    const steps: Progress[] = [];
    const { outputs, notRun, accuracy } = await evaluated.evaluate(request(), (progress) => { steps.push(progress); }, new AbortController().signal);
    expect(notRun).toBe('');
    expect(accuracy).toBeNull();
    expect(outputs).toHaveLength(1);
    expect(outputs[0]).toMatchObject({ name: 'y', samples: 4, source: 'random', sameTop1: 1 });
    expect(outputs[0]!.sqnrDb).toBeCloseTo(40, 3);
    expect(steps.at(-1)).toEqual({ step: 'Running both models', done: 4, total: 4, unit: 'runs' });
  });

  it('says so when the original does not load or run', async () => {
    const { notRun } = await evaluated.evaluate(request({ original: scaling(1, 'NoSuchOperator') }), () => undefined, new AbortController().signal);
    expect(notRun).toContain('NoSuchOperator');
    const wrongShape = await evaluated.evaluate(request({ inputs: [{ name: 'x', dataType: 'float', shape: [2, 3] }] }), () => undefined, new AbortController().signal);
    expect(wrongShape.notRun).toContain('random inputs');
  });

  it('finds a size of free dimensions that the model runs on', async () => {
    const parts = { nodes: [node('Add', ['x', 'f'], ['y'])], initializers: [floatTensor('f', [512], new Float32Array(512))], inputs: [valueInfo('x', 'float', ['batch', 'samples'])], outputs: [valueInfo('y', 'float', null)] };
    // 64 does not go with 512 values; 1 does.
    const model = { path: modelFile(buildModel({ graph: graph(parts) })), externalFiles: [] };
    const { outputs, notes } = await evaluated.evaluate(request({ original: model, quantized: model, inputs: [{ name: 'x', dataType: 'float', shape: ['batch', 'samples'] }] }), () => undefined, new AbortController().signal);
    expect(outputs[0]).toMatchObject({ sqnrDb: Infinity, maxError: 0 });
    expect(notes).toEqual([expect.stringContaining('batch = 1, samples = 1'), expect.stringContaining('no output differs at all')]);
  });

  it('fails when only the quantized model does not', async () => {
    expect(await caught(() => evaluated.evaluate(request({ quantized: scaling(1, 'NoSuchOperator') }), () => undefined, new AbortController().signal))).toMatchObject({ reason: 'verification' });
  });

  it('passes on what is wrong with the samples', async () => {
    const error = await caught(() => evaluated.evaluate(request({ samples: '/nowhere/samples.npz' }), () => undefined, new AbortController().signal));
    expect(error).toMatchObject({ reason: 'not-found', subject: { file: '/nowhere/samples.npz' } });
  });
});

describe('processRunner', () => {
  it('stops at once when cancelled, even inside a run', TIMED, async () => {
    const stuck = processRunner(script(`process.on('message', () => { process.send({ kind: 'reached', stage: 'original' }); for (;;); });`));
    const controller = new AbortController();
    const running = caught(() => stuck.evaluate(request(), () => undefined, controller.signal));
    await new Promise((resolve_) => setTimeout(resolve_, 300));
    const started = performance.now();
    controller.abort();
    expect(await running).toMatchObject({ reason: 'cancelled' });
    expect(performance.now() - started).toBeLessThan(200);
    expect(await caught(() => stuck.evaluate(request(), () => undefined, controller.signal))).toMatchObject({ reason: 'cancelled' });
  });

  it('survives a crash of native code and says what happened', async () => {
    const crashing = (stage: string) => processRunner(script(`process.on('message', () => { process.send({ kind: 'reached', stage: '${stage}' }, () => process.kill(process.pid, 'SIGSEGV')); });`));
    const { notRun, outputs } = await crashing('original').evaluate(request(), () => undefined, new AbortController().signal);
    expect(notRun).toContain('SIGSEGV');
    expect(outputs).toEqual([]);
    expect(await caught(() => crashing('quantized').evaluate(request(), () => undefined, new AbortController().signal))).toMatchObject({ reason: 'verification' });
  });

  it('goes on with WebAssembly when the native library brings the process down', async () => {
    const half = processRunner(script(`
      process.on('message', ({ runtime }) => {
        if (runtime !== 'wasm') process.abort();
        process.send({ kind: 'done', result: { outputs: [], accuracy: null, notRun: '', notes: ['ran'] } }, () => process.exit());
      });`));
    const { notes } = await half.evaluate(request(), () => undefined, new AbortController().signal);
    expect(notes).toEqual([expect.stringContaining('WebAssembly'), 'ran']);
  });

  it('really runs in WebAssembly', async () => {
    const wasm = processRunner(script(`
      process.once('message', (request) => { request.runtime = 'wasm'; });
      require(${JSON.stringify(resolve('dist/runner.js'))});`));
    const { outputs } = await wasm.evaluate(request(), () => undefined, new AbortController().signal);
    expect(outputs[0]!.sqnrDb).toBeCloseTo(40, 3);
  });
});
