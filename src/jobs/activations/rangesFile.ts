import type { ActivationRanges } from '../../quant/observe/activationRange';
import { NibbleError } from '../../errors';
import { readSmallFile } from '../files/readSmallFile';
import type { CalibratedRange, CalibrationResult } from '../records';

/** Ranges of 50,000 values with long names take about 20 MB as JSON; anything larger is another file. */
export const MAX_RANGES_BYTES = 2 ** 26;

/** What the file of ranges says, beside them, about where they come from. */
type RangesFile = Pick<CalibrationResult, 'format' | 'method' | 'source' | 'samples' | 'ranges'> & { readonly version: 1; readonly model: { readonly file: string; readonly sha256: string } };

/** The text of a file of ranges, for people and for `readRanges`. */
export function rangesText({ format, method, source, samples, ranges }: CalibrationResult, model: RangesFile['model']): string {
  const file: RangesFile = { version: 1, model, format, method, source, samples, ranges };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Reads ranges from a file. Throws `not-found`, `unreadable`, `limit`, and `invalid-argument` when it holds something else. */
export function readRanges(path: string): ActivationRanges {
  const refuse = (why: string): NibbleError => new NibbleError('invalid-argument', `${path} is no file of ranges: ${why}. Write one with "nibble calibrate".`, { file: path });
  const value = parse(path, refuse);
  const { version, ranges } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Record<keyof RangesFile, unknown>>;
  if (version !== 1) throw refuse('it has no version 1');
  if (!Array.isArray(ranges)) throw refuse('it has no list of ranges');
  const found = new Map<string, { readonly low: number; readonly high: number }>();
  for (const [index, range] of (ranges as readonly unknown[]).entries()) {
    if (!isRange(range)) throw refuse(`entry ${index + 1} is not a tensor with two numbers, low and high, of which low is not the larger`);
    if (found.has(range.tensor)) throw refuse(`"${range.tensor}" is there twice`);
    found.set(range.tensor, { low: Math.fround(range.low), high: Math.fround(range.high) });
  }
  return found;
}

function parse(path: string, refuse: (why: string) => NibbleError): unknown {
  const tooLarge = (): NibbleError => new NibbleError('limit', `${path} is too large for a file of ranges. Is it another file?`, { file: path });
  const bytes = readSmallFile(path, { maxBytes: MAX_RANGES_BYTES, tooLarge, remedy: 'Choose a file of ranges.' });
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw refuse('it is not JSON');
  }
}

function isRange(value: unknown): value is Pick<CalibratedRange, 'tensor' | 'low' | 'high'> {
  if (typeof value !== 'object' || value === null) return false;
  const { tensor, low, high } = value as Partial<Record<keyof CalibratedRange, unknown>>;
  return typeof tensor === 'string' && isFloat(low) && isFloat(high) && low <= high;
}

function isFloat(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}
