import { NibbleError } from '../errors';

/**
 * Checks where a tensor's external data is said to be. Only a relative path with forward slashes that stays inside the
 * model's folder is accepted, on every system alike; anything else could make Nibble read, or a later export overwrite,
 * files that the person never meant to open. Links on the disk are the concern of whoever opens the file.
 */
export function checkExternalLocation(location: string, tensor: string, file: string): void {
  const problem = findProblem(location);
  if (problem === null) return;
  throw new NibbleError(
    'unsafe-path',
    `${file} keeps the tensor '${tensor}' in '${location}', which ${problem}. Nibble reads only files in or below the model's own folder; ask for a copy of the model that keeps its data there.`,
    { file, tensor },
  );
}

function findProblem(location: string): string | null {
  if (location === '') return 'names no file';
  if (location.includes('\0')) return 'holds a NUL character';
  if (location.includes('\\')) return 'holds a backslash';
  if (location.startsWith('/')) return 'is an absolute path';
  // A colon makes a drive or a stream of another file on Windows, or a URL.
  if (location.includes(':')) return 'holds a colon';
  const steps = location.split('/');
  if (steps.includes('..')) return "leads out of the model's folder";
  if (['', '.'].includes(steps.at(-1)!)) return 'is a folder';
  return null;
}
