// An engine process with a pretend model behind the real wire: answers at once, and dies or dawdles when its input says so.
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { NibbleError } from '../../../src/errors';
import type { EngineService, ServedModel } from '../../../src/engine/service';
import { serve } from '../../../src/engine/server';
import { fakeAnalysis } from './fakeAnalysis';

const model = (path: string): ServedModel => ({
  analysis: fakeAnalysis(path, 1200),
  blocks: [{ scope: [], first: 0, entries: 1, count: 120, layers: 10 }],
  assess(_plan, revision, visible, onUpdate) {
    const totals = { bytesBefore: 400, bytesAfter: 100, sqnrDb: Infinity, averageBits: 8, pending: 0 };
    setTimeout(() => { onUpdate({ revision, layers: [], totals }); }, 5);
    return { revision, layers: [], totals: { ...totals, sqnrDb: null, pending: visible.length } };
  },
  formats: () => Promise.resolve([]),
  groupFormats: () => Promise.resolve([]),
  detail(layer) {
    if (layer === 13) process.exit(3);
    throw new TypeError('a fault of ours');
  },
  memory: () => { throw new TypeError('a fault of ours'); },
  report: () => { throw new TypeError('a fault of ours'); },
  explain: () => { throw new TypeError('a fault of ours'); },
  close: () => undefined,
});

let quantizing = 0;

const service: EngineService = {
  configure: () => undefined,
  open(path) {
    if (path.endsWith('missing.onnx')) throw new NibbleError('not-found', `There is no file ${path}.`, { file: path });
    return Promise.resolve(model(path));
  },
  summarize(path) {
    if (path === 'die') process.kill(process.pid, 'SIGKILL');
    return Promise.resolve({ fileBytes: path.length, weightBytes: 4, parameters: 1, macs: 2, unresolved: process.pid });
  },
  compare: () => Promise.reject(new NibbleError('unsupported', 'There is nothing to compare.')),
  analyze: (path) => Promise.resolve(fakeAnalysis(path, 3)),
  audit: ({ path }) => Promise.resolve({ file: path, findings: [], notes: [] }),
  evaluate: () => Promise.resolve({ outputs: [], accuracy: null, notRun: '', notes: [] }),
  repair: ({ output }) => Promise.resolve({ output, repaired: [], left: [] }),
  async quantize({ path }, report, signal) {
    quantizing += 1;
    for (let done = 0; done <= 50; done++) {
      report({ step: `Quantizing (${quantizing} at once)`, done, total: 50, unit: 'layers' });
      if (path === 'die' && done === 10) process.exit(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (signal.aborted) {
        quantizing -= 1;
        throw new NibbleError('cancelled', 'Cancelled.');
      }
    }
    quantizing -= 1;
    throw new NibbleError('disk-full', 'The disk is full.', { file: path });
  },
};

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
serve(connection, service);
connection.listen();
process.once('disconnect', () => process.exit(0));
