import { resolve } from 'node:path';
import { configure } from '../../src/engine/api';
import { EngineClient } from '../../src/engine/client';
import { RemoteModel } from '../../src/engine/remoteModel';
import { peakMemory } from './measure';
import type { Measurement } from './measure';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const SETTINGS = { threads: 2, memoryLimitBytes: 2 ** 30 };

/** A process like the one that a window has, with two worker threads; the caller disposes of it. */
function startEngine(): EngineClient {
  return new EngineClient({ entry: resolve('dist/engine.js'), settings: SETTINGS, log: silent });
}

function peakOf(client: EngineClient): number | null {
  return client.pid === null ? null : peakMemory(client.pid);
}

/** From the first need of the engine to its first answer. */
export async function measureReady(): Promise<Measurement> {
  const client = startEngine();
  try {
    const started = performance.now();
    await client.request(configure, SETTINGS);
    return { milliseconds: performance.now() - started, peakBytes: peakOf(client) };
  } finally {
    client.dispose();
  }
}

/**
 * What a person waits for in an engine that is up: from the request to the first rows, with the model's totals, or to the
 * last row of the layer table.
 */
export async function measureOpen(path: string, until: 'first rows' | 'last row'): Promise<Measurement> {
  const client = startEngine();
  try {
    await client.request(configure, SETTINGS);
    const model = new RemoteModel(client, path, {});
    const started = performance.now();
    if (until === 'first rows') await model.open();
    else await model.layers();
    return { milliseconds: performance.now() - started, peakBytes: peakOf(client) };
  } finally {
    client.dispose();
  }
}
