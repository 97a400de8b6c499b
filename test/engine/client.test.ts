import { fileURLToPath } from 'node:url';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as api from '../../src/engine/api';
import { EngineClient } from '../../src/engine/client';
import type { EngineClientOptions, ProgressEvent } from '../../src/engine/client';
import { RemoteModel } from '../../src/engine/remoteModel';
import { bundleForNode } from './support/bundle';
import { TIMED } from '../support/timed';

let entry: string;
beforeAll(() => {
  entry = bundleForNode(fileURLToPath(new URL('./support/fakeEngine.ts', import.meta.url)));
});

const clients: EngineClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose();
});

function client(options: Partial<EngineClientOptions> = {}): EngineClient {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const made = new EngineClient({ entry, settings: { threads: 1, memoryLimitBytes: 1 << 30 }, log, ...options });
  clients.push(made);
  return made;
}

const job = (path: string, id = 'job'): api.QuantizeParams => ({ job: id, path, plan: { version: 1 }, output: 'out.onnx', samples: null, run: 'no' });
const noEngine = { reason: 'engine-stopped' };

describe('EngineClient', () => {
  it('starts no process before the first request', async () => {
    const engine = client();
    expect(engine.pid).toBeNull();
    await engine.request(api.summarize, { path: 'a.onnx' });
    expect(engine.pid).toBeGreaterThan(0);
  });

  it('carries reason, message and subject of an error', async () => {
    await expect(client().request(api.open, { path: '/x/missing.onnx', dimensions: {} })).rejects.toMatchObject({
      name: 'NibbleError',
      reason: 'not-found',
      message: 'There is no file /x/missing.onnx.',
      subject: { file: '/x/missing.onnx' },
    });
  });

  it('calls a fault inside the engine internal', async () => {
    const model = new RemoteModel(client(), 'm.onnx', {});
    await expect(model.detail(0, 0, { kind: 'float' })).rejects.toMatchObject({ reason: 'internal', message: 'a fault of ours' });
  });

  it('keeps Infinity and brings later figures to the model that asked', async () => {
    const engine = client();
    const model = new RemoteModel(engine, 'm.onnx', {});
    const update = new Promise<unknown>((resolve) => engine.onDidAssess((event) => { resolve([model.owns(event), event.revision, event.totals.sqnrDb]); }));
    expect((await model.assess({ version: 1 }, 7, [1, 2, 3])).totals.pending).toBe(3);
    expect(await update).toEqual([true, 7, Infinity]);
  });

  it('tells which parts of a model are repeated', async () => {
    expect(await new RemoteModel(client(), 'm.onnx', {}).blocks()).toEqual([{ scope: [], first: 0, entries: 1, count: 120, layers: 10 }]);
  });

  it('fetches all layers in pages', async () => {
    const layers = await new RemoteModel(client(), 'm.onnx', {}).layers();
    expect(layers.map((layer) => layer.index)).toEqual(Array.from({ length: 1200 }, (_, index) => index));
  });

  it('repeats a harmless request once after a crash, then reports it', async () => {
    const onCrash = vi.fn();
    const engine = client({ onCrash });
    await expect(engine.request(api.summarize, { path: 'die' }, { repeat: true })).rejects.toMatchObject(noEngine);
    expect(onCrash).toHaveBeenCalledTimes(2);
    expect((await engine.request(api.summarize, { path: 'ok' })).fileBytes).toBe(2);
  });

  it('rejects a job that was under way, restarts, and opens models again', async () => {
    const onCrash = vi.fn();
    const engine = client({ onCrash });
    const model = new RemoteModel(engine, 'm.onnx', {});
    await model.open();
    const restarted = new Promise<void>((resolve) => engine.onDidRestart(resolve));
    await expect(engine.request(api.quantize, job('die'))).rejects.toMatchObject(noEngine);
    await restarted;
    expect(onCrash).toHaveBeenCalledExactlyOnceWith(false);
    expect(engine.generation).toBe(2);
    expect((await model.assess({ version: 1 }, 1, [])).revision).toBe(1);
  });

  it('survives being killed from outside while a model is used', async () => {
    const engine = client();
    const model = new RemoteModel(engine, 'm.onnx', {});
    await model.open();
    process.kill(engine.pid!, 'SIGKILL');
    expect(await model.formats(0, { version: 1 })).toEqual([]);
  });

  it('gives up after several crashes in a row and starts again when told to', async () => {
    const onCrash = vi.fn();
    const engine = client({ entry: '/nonexistent/engine.js', onCrash });
    await expect(engine.request(api.summarize, { path: 'a' })).rejects.toMatchObject(noEngine);
    await vi.waitFor(() => { expect(onCrash).toHaveBeenLastCalledWith(true); }, 15_000);
    await expect(engine.request(api.summarize, { path: 'a' })).rejects.toThrow(/Restart Engine/);
    expect(onCrash).toHaveBeenCalledTimes(4);
    await expect(engine.restart()).rejects.toMatchObject(noEngine);
  }, 30_000);

  it('rejects everything after dispose', async () => {
    const engine = client();
    const pending = engine.request(api.quantize, job('slow'));
    await vi.waitFor(() => { expect(engine.pid).not.toBeNull(); });
    engine.dispose();
    await expect(pending).rejects.toMatchObject(noEngine);
    await expect(engine.request(api.summarize, { path: 'a' })).rejects.toMatchObject(noEngine);
  });
});

describe('jobs', () => {
  it('reports progress with an estimate and the error at the end', async () => {
    const engine = client();
    const events: ProgressEvent[] = [];
    engine.onProgress((event) => events.push(event));
    await expect(engine.request(api.quantize, job('model.onnx', 'j1'))).rejects.toMatchObject({ reason: 'disk-full' });
    expect(events[0]).toMatchObject({ job: 'j1', progress: { done: 0, total: 50 }, etaMilliseconds: null });
    expect(events.at(-1)).toMatchObject({ progress: { done: 50 }, etaMilliseconds: 0 });
    expect(events.length).toBeLessThan(30);
    expect(events.some(({ etaMilliseconds }) => etaMilliseconds !== null && etaMilliseconds > 0)).toBe(true);
  });

  it('stops within 200 ms of a cancel', TIMED, async () => {
    const engine = client();
    const source = new CancellationTokenSource();
    const running = engine.request(api.quantize, job('slow'), { token: source.token });
    await new Promise<void>((resolve) => engine.onProgress(() => { resolve(); }));
    const before = performance.now();
    source.cancel();
    await expect(running).rejects.toMatchObject({ reason: 'cancelled' });
    expect(performance.now() - before).toBeLessThan(200);
  });

  it('runs one at a time and lets a waiting one be cancelled', async () => {
    const engine = client();
    const steps = new Set<string>();
    engine.onProgress(({ progress }) => steps.add(progress.step));
    const source = new CancellationTokenSource();
    const first = engine.request(api.quantize, job('a', '1')).catch((error: unknown) => error);
    const second = engine.request(api.quantize, job('b', '2'), { token: source.token }).catch((error: unknown) => error);
    const third = engine.request(api.quantize, job('c', '3')).catch((error: unknown) => error);
    setTimeout(() => { source.cancel(); }, 50);
    expect(await second).toMatchObject({ reason: 'cancelled' });
    expect(await first).toMatchObject({ reason: 'disk-full' });
    expect(await third).toMatchObject({ reason: 'disk-full' });
    expect([...steps]).toEqual(['Quantizing (1 at once)']);
  });
});
