import type { OutputError, QuantizeResult } from '../jobs/records';
import { UsageError } from './usageError';

/** What a quantized model must keep to. Undefined: not given. */
export interface Bounds {
  /** Least SQNR of every output, in dB. */
  readonly minSqnr?: number;
  /** Most that the accuracy on labelled samples may fall, in percentage points. */
  readonly maxDrop?: number;
  /** Most bytes of the whole model, external data included. */
  readonly maxBytes?: number;
}

export interface Measured {
  readonly outputs: readonly OutputError[];
  readonly accuracy: QuantizeResult['accuracy'];
  /** Why nothing was measured; '' when it was. */
  readonly notRun: string;
  /** Of the quantized model. */
  readonly bytes: number;
}

/** The bounds that are not kept, as sentences. A bound on what could not be measured is not kept. Throws UsageError for one on labels that are not there. */
export function brokenBounds({ outputs, accuracy, notRun, bytes }: Measured, { minSqnr, maxDrop, maxBytes }: Bounds): readonly string[] {
  const large = maxBytes !== undefined && bytes > maxBytes ? [`The model takes ${bytes} bytes; at most ${maxBytes} were allowed.`] : [];
  if (notRun !== '') return minSqnr === undefined && maxDrop === undefined ? large : [...large, `The bounds on errors could not be checked. ${notRun}`];
  if (maxDrop !== undefined && accuracy === null) throw new UsageError('--max-drop needs samples with labels: an array called "labels" in the .npz file, or labels.npy in the folder.');
  const far = minSqnr === undefined ? [] : outputs.filter(({ sqnrDb, maxError }) => maxError !== 0 && (sqnrDb ?? -Infinity) < minSqnr);
  const drop = accuracy === null ? 0 : 100 * (accuracy.before - accuracy.after);
  return [
    ...large,
    ...far.map(({ name, sqnrDb }) => `Output ${name} has ${sqnrDb === null ? 'no' : sqnrDb.toFixed(1)} dB; at least ${minSqnr!} were asked for.`),
    ...(maxDrop !== undefined && drop > maxDrop ? [`The accuracy fell by ${drop.toFixed(2)} points; at most ${maxDrop} were allowed.`] : []),
  ];
}

/** A number of dB or of percentage points. */
export function parseBound(text: string): number {
  const bound = Number(text);
  if (text.trim() === '' || !Number.isFinite(bound) || bound < 0) throw new UsageError(`"${text}" is no bound; give a number from 0.`);
  return bound;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };

/** A number of bytes: 1500000, 1500k, 1.5M, 2G. */
export function parseBytes(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([kMG]?)B?$/.exec(text) ?? [];
  if (digits === undefined) throw new UsageError(`"${text}" is no size; give bytes, or a number with k, M or G.`);
  return Number(digits) * UNITS[unit!]!;
}
