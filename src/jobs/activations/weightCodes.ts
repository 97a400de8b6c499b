import { open, readFile } from 'node:fs/promises';
import { NibbleError, throwIfCancelled } from '../../errors';
import { storedBytes, storesZeroPoints } from '../../quant/storage';
import type { Decisions } from '../decisions';
import type { ModelFile } from '../modelFile';
import type { WeightPort } from '../ports';
import type { WeightError } from '../records';
import { weightTask } from '../storedWeights';

/** A quantized weight in memory, in its ONNX storage form. */
export interface WeightCodes {
  readonly codes: Uint8Array;
  readonly scales: Uint8Array;
  readonly zeroPoints: Uint8Array;
  readonly error: WeightError;
}

/** All weights that a plan converts, by key, and why others cannot be, as parts of sentences. */
export interface QuantizedWeights {
  readonly weights: ReadonlyMap<string, WeightCodes>;
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Quantizes the weights of a model once, for all the files that are tried out: these differ in their activations only. The
 * codes stay in memory, which takes a quarter of what the float weights take.
 * @param path where a file may be written and left.
 */
export async function quantizeWeights(file: ModelFile, decisions: Decisions, port: WeightPort, path: string, signal: AbortSignal): Promise<QuantizedWeights> {
  await (await open(path, 'w')).close();
  const weights = new Map<string, WeightCodes>();
  const refused = new Map<string, string>();
  for (const stored of file.weights.values()) {
    const decision = decisions.get(stored.key);
    if (decision?.kind !== 'convert') continue;
    throwIfCancelled(signal);
    const { scheme } = decision;
    const size = storedBytes(stored.weight, stored.weight.dataType, scheme);
    const to = { path, codes: 0, scales: size.codes, zeroPoints: scheme.kind === 'integer' && storesZeroPoints(scheme) ? size.codes + size.scales : null };
    try {
      const error = await port.quantize(weightTask(stored, file.locate), scheme, to, { signal });
      const bytes = new Uint8Array(await readFile(path));
      weights.set(stored.key, {
        codes: bytes.slice(0, size.codes),
        scales: bytes.slice(size.codes, size.codes + size.scales),
        zeroPoints: bytes.slice(size.codes + size.scales, size.codes + size.scales + size.zeroPoints),
        error,
      });
    } catch (error) {
      if (!NibbleError.is(error, 'malformed') && !NibbleError.is(error, 'unsupported')) throw error;
      refused.set(stored.key, error.message);
    }
  }
  return { weights, refused };
}

/** The scales of a quantized float weight as numbers. */
export function scalesOf({ scales }: WeightCodes): Float32Array {
  return new Float32Array(scales.buffer, scales.byteOffset, scales.byteLength / 4);
}
