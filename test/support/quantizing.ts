import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { directRunner } from '../../src/jobs/evaluate/modelRunner';
import { nodeOutputFs } from '../../src/jobs/files/outputFs';
import { quantizeModel } from '../../src/jobs/quantize';
import type { QuantizePorts, QuantizeRequest } from '../../src/jobs/quantize';
import type { QuantizeResult } from '../../src/jobs/records';
import type { PlannedWeights } from '../../src/plan/plan';
import { plainWeights } from './plainWeights';
import { tempFolder } from './tempFolder';

export const testPorts: QuantizePorts = { weights: plainWeights, runner: directRunner, fs: nodeOutputFs };

/** Writes a model to a fresh folder (or the given one). */
export function modelFile(bytes: Uint8Array, folder = tempFolder(), name = 'model.onnx'): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Quantizes all weights of a model file one way, to `out.onnx` beside it. */
export function quantizeAll(path: string, weights: PlannedWeights, changes: Partial<QuantizeRequest> = {}, ports: Partial<QuantizePorts> = {}): Promise<QuantizeResult> {
  const request: QuantizeRequest = { path, plan: { version: 1, default: { weights } }, output: join(path, '..', 'out.onnx'), samples: null, run: 'yes', ...changes };
  return quantizeModel(request, { ...testPorts, ...ports }, () => undefined, new AbortController().signal);
}
