import { formatBytes, formatCount, formatDb } from '../src/format/numbers';

/** A figure and its unit apart, for places that set them differently. */
export interface Figure {
  readonly value: string;
  readonly unit: string;
}

/** 11.7 M in two parts. */
export function countFigure(value: number): Figure {
  return apart(formatCount(value));
}

/** 46.8 MB in two parts. */
export function bytesFigure(bytes: number): Figure {
  return apart(formatBytes(bytes));
}

function apart(text: string): Figure {
  const [value = '', unit = ''] = text.split(' ');
  return { value, unit };
}

/**
 * The number of decibels alone, for places that name the unit elsewhere; 'exact' when nothing was lost (on the way through JSON
 * that infinity becomes null beside an error of 0); null: not known.
 */
export function decibels(sqnrDb: number | null, maxError: number | null): string | null {
  if (sqnrDb === null) return maxError === 0 ? 'exact' : null;
  return formatDb(sqnrDb).replace(' dB', '');
}
