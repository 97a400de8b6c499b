import { resolve } from 'node:path';
import { configure, layers, open } from '../../src/engine/api';
import { EngineClient } from '../../src/engine/client';
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

/** From the request to the last row of the layer table, in an engine that is up. */
export async function measureOpen(path: string): Promise<Measurement> {
  const client = startEngine();
  try {
    await client.request(configure, SETTINGS);
    const started = performance.now();
    const opened = await client.request(open, { path, dimensions: {} });
    for (let start = opened.layers.length; start < opened.layerCount; ) {
      start += (await client.request(layers, { id: opened.id, start, count: opened.layerCount - start })).length;
    }
    return { milliseconds: performance.now() - started, peakBytes: peakOf(client) };
  } finally {
    client.dispose();
  }
}
