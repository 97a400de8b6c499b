import { copyFileSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import * as api from '../../src/engine/api';
import { EngineClient } from '../../src/engine/client';
import { RemoteModel } from '../../src/engine/remoteModel';
import type { AssessmentTotals } from '../../src/jobs/records';

/** The built engine, on the bundled sample. */
const clients: EngineClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose();
});

function start(): { readonly engine: EngineClient; readonly model: string; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'nibble-engine-'));
  const model = join(folder, 'lenet5.onnx');
  copyFileSync('media/sample/lenet5.onnx', model);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const engine = new EngineClient({ entry: resolve('dist/engine.js'), settings: { threads: 1, memoryLimitBytes: 2 ** 30 }, log });
  clients.push(engine);
  return { engine, model, folder };
}

describe('the engine process', () => {
  it('opens a model and brings every pending error', async () => {
    const { engine, model: path } = start();
    const model = new RemoteModel(engine, path, {});
    const opened = await model.open();
    expect(opened.totals.parameters).toBe(61_706);
    const known = new Promise<AssessmentTotals>((done) => {
      engine.onDidAssess((event) => {
        if (event.totals.pending === 0) done(event.totals);
      });
    });
    const first = await model.assess({ version: 1 }, 1, []);
    const totals = first.totals.pending === 0 ? first.totals : await known;
    expect(totals.sqnrDb).toBeGreaterThan(35);
    expect(totals.bytesAfter).toBeLessThan(totals.bytesBefore / 3);
    const fc = opened.layers.find((layer) => layer.weights.length > 0)!;
    const formats = await model.formats(fc.index, { version: 1 });
    expect(formats.length).toBeGreaterThan(5);
    expect(formats.filter(({ chosen }) => chosen)).toHaveLength(1);
    const detail = await model.detail(fc.index, 0, formats.find(({ chosen }) => chosen)!.scheme);
    expect(detail.values.counts.reduce((sum, count) => sum + count, 0)).toBe(detail.elements);
  });

  it('quantizes with progress', async () => {
    const { engine, model, folder } = start();
    const steps = new Set<string>();
    engine.onProgress(({ progress }) => steps.add(progress.step));
    const output = join(folder, 'out.onnx');
    const result = await engine.request(api.quantize, { job: 'j', path: model, plan: { version: 1 }, output, samples: resolve('media/sample/samples.npz'), run: 'auto' });
    expect(existsSync(output)).toBe(true);
    expect(result.bytes.after).toBeLessThan(result.bytes.before / 3);
    expect(result.accuracy?.before).toBeGreaterThan(0.97);
    expect(steps.size).toBeGreaterThan(1);
  });

  it('killed in the middle of a job, comes back, answers about the model that was open, and leaves nothing half-written', async () => {
    const { engine, model: path, folder } = start();
    const model = new RemoteModel(engine, path, {});
    await model.open();
    const running = engine.request(api.quantize, { job: 'j', path, plan: { version: 1 }, output: join(folder, 'out.onnx'), samples: null, run: 'yes' });
    await new Promise<void>((done) => engine.onProgress(() => { done(); }));
    const before = engine.pid!;
    process.kill(before, 'SIGKILL');
    await expect(running).rejects.toMatchObject({ reason: 'engine-stopped' });
    expect((await model.assess({ version: 1 }, 2, [])).revision).toBe(2);
    expect(engine.pid).not.toBe(before);
    expect(readdirSync(folder)).not.toContain('out.onnx');
  });

  it('names the file and says what to do when it is no model', async () => {
    const { engine } = start();
    const error = await engine.request(api.open, { path: resolve('package.json'), dimensions: {} }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'NibbleError', reason: 'not-onnx' });
    expect((error as Error).message).toContain('package.json');
  });
});
