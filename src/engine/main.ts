// The engine process: owns the files, the worker threads and the jobs; started by `EngineClient`.
import { join } from 'node:path';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { processRunner } from '../jobs/evaluate/modelRunner';
import { nodeOutputFs } from '../jobs/files/outputFs';
import { createJobService } from './jobService';
import { serve } from './server';
import { createWeightPool } from './weightPool';
import { growYoungGenerationAtOnce } from './youngGeneration';

growYoungGenerationAtOnce();
const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
serve(
  connection,
  createJobService({
    createWeights: (threads) => createWeightPool({ workerFile: join(__dirname, 'worker.js'), threads }),
    runner: processRunner(join(__dirname, 'runner.js')),
    fs: nodeOutputFs,
  }),
);
connection.listen();
// The window is gone: nobody is left to answer.
process.once('disconnect', () => process.exit(0));
