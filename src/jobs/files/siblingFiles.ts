import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { NibbleError } from '../../errors';
import type { SiblingFiles } from '../../onnx/source';
import { openFileSource } from './fileSource';
import { readError } from './fsErrors';

/** The files that a model may name: those inside its own folder. */
export interface ModelFolder extends SiblingFiles {
  /**
   * The path of a file that the model names.
   * Throws `unsafe-path` when it leads outside the model's folder, also by a symbolic link, and `not-found` when it does not exist.
   */
  locate(location: string): string;
}

/**
 * The folder of a model file. A model that came from somewhere else must not make Nibble read files that the person
 * did not mean to open, so every location is resolved to its true path first.
 */
export function modelFolder(modelPath: string): ModelFolder {
  const folder = dirname(modelPath);
  const locate = (location: string): string => {
    const outside = new NibbleError(
      'unsafe-path',
      `${modelPath} refers to the data file "${location}", which is outside the model's own folder. Nibble does not follow such references; move the data file beside the model and correct the reference.`,
      { file: modelPath },
    );
    if (location === '' || location.includes('\0') || isAbsolute(location)) throw outside;
    const path = join(folder, location);
    if (!isInside(folder, path)) throw outside;
    const truePath = realPathOf(path);
    // A folder of links (as download caches make them) holds both the model and its data as links into one store.
    const allowed = [realPathOf(folder), dirname(realPathOf(modelPath))];
    if (!allowed.some((root) => isInside(root, truePath))) throw outside;
    return truePath;
  };
  return { locate, open: (location) => openFileSource(locate(location), 'The model keeps weights under that name: put its data file there.') };
}

function isInside(folder: string, path: string): boolean {
  const step = relative(folder, path);
  return step !== '' && step !== '..' && !step.startsWith(`..${sep}`) && !isAbsolute(step);
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw readError(error, path);
  }
}
